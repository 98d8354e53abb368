package dev.mvm.coordinator.pki;

import dev.mvm.crypto.sign.ServiceCredentials;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/// The way in which a key of the coordinator is kept.
///
/// @param place a path, or the reference to a key that is elsewhere
public record KeptKey(Kind kind, String place) {
    /// The kinds.
    public enum Kind {
        /// A plain file.
        FILE("file"),
        /// A credential that the service manager has handed over in place of the file.
        CREDENTIAL("credential"),
        /// A token.
        TOKEN("token"),
        /// Vault's or OpenBao's Transit.
        TRANSIT("transit"),
        /// In the file of authorities, as an earlier version made it.
        INLINE("inline"),
        /// Nowhere that this process can see.
        MISSING("missing");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /// Returns the word for programs.
        public String word() {
            return word;
        }
    }

    /// Returns how the key of a reference is kept, which is a path, or one of `SigningKeys`.
    public static KeptKey of(String reference) {
        if (reference.startsWith("pkcs11:")) {
            return new KeptKey(Kind.TOKEN, reference);
        }
        if (reference.startsWith("transit:")) {
            return new KeptKey(Kind.TRANSIT, reference);
        }
        try {
            return file(Path.of(reference));
        } catch (InvalidPathException e) { // who opens the key says so
            return new KeptKey(Kind.MISSING, reference);
        }
    }

    /// Returns how the keys of a file are kept.
    public static KeptKey file(Path file) {
        var kind = ServiceCredentials.here().inPlaceOf(file).isPresent()
                ? Kind.CREDENTIAL
                : Files.exists(file) ? Kind.FILE : Kind.MISSING;
        return new KeptKey(kind, file.toString());
    }
}
