package dev.mvm.model;

import static java.nio.charset.StandardCharsets.UTF_8;

/// Image that an instance boots, pinned by content. The flake reference says where it came from, the lock hash makes
/// that reference mean one thing, the two artefact digests are what the root process compares before boot.
///
/// @param flakeRef 1 to 512 printable ASCII characters without spaces
/// @param lockHash SHA-256 of the bytes of `flake.lock`
/// @param kernel the uncompressed kernel image
/// @param rootfs the root file system, an initramfs in newc form
public record Revision(String flakeRef, Digest lockHash, Digest kernel, Digest rootfs) {
    private static final int REF_MAX = 512;

    public Revision {
        if (flakeRef.isEmpty()
                || flakeRef.length() > REF_MAX
                || !flakeRef.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("not a flake reference: '" + Grammar.shown(flakeRef)
                    + "' (want 1 to 512 printable ASCII characters without spaces)");
        }
    }

    /// The revision's own name: the digest of its four parts, each on a line.
    public Digest digest() {
        var text = flakeRef + "\n" + lockHash + "\n" + kernel + "\n" + rootfs + "\n";
        return Digest.of(text.getBytes(UTF_8));
    }
}
