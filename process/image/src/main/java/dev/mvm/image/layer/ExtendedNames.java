package dev.mvm.image.layer;

import java.util.Optional;

/// Decides which extended attributes an image keeps: those that mean the same in every guest.
final class ExtendedNames {
    static final String ACL_ACCESS = "system.posix_acl_access";
    static final String ACL_DEFAULT = "system.posix_acl_default";

    private ExtendedNames() {}

    /// Returns the word under which an attribute that is dropped is counted, empty for one that is kept.
    static Optional<String> droppedKind(String name) {
        return switch (name) {
            case "security.capability", ACL_ACCESS, ACL_DEFAULT -> Optional.empty();
            case "security.ima" -> Optional.of("xattr_ima");
            case "security.evm" -> Optional.of("xattr_evm");
            case "security.selinux" -> Optional.of("xattr_selinux");
            default -> byPrefix(name);
        };
    }

    private static Optional<String> byPrefix(String name) {
        if (name.startsWith("user.overlay.")) {
            return Optional.of("xattr_overlay"); // would make the guest's overlay hide or redirect files
        }
        if (name.startsWith("trusted.")) {
            return Optional.of("xattr_trusted");
        }
        return name.startsWith("user.") && name.length() > "user.".length()
                ? Optional.empty()
                : Optional.of("xattr_other");
    }
}
