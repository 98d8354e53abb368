package dev.mvm.crypto.sign;

import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.libcrypto.Ed25519;
import dev.mvm.linux.libcrypto.Libcrypto;
import java.util.Optional;

/// Ed25519 by OpenSSL's libcrypto.
public final class LibcryptoLibrary implements Ed25519Library {
    private final Ed25519 ed25519;
    private final LibcryptoSigning signing;

    private LibcryptoLibrary(Ed25519 ed25519, LibcryptoSigning signing) {
        this.ed25519 = ed25519;
        this.signing = signing;
    }

    /// The library, if it is installed and this process may call it: without a word on standard error, which the JVM
    /// would print if it had not been told that it may.
    public static Optional<LibcryptoLibrary> find() {
        if (!Library.class.getModule().isNativeAccessEnabled()
                || !System.getProperty("os.arch").equals("amd64")) {
            return Optional.empty();
        }
        try {
            return Optional.of(new LibcryptoLibrary(new Ed25519(new Libcrypto()), new LibcryptoSigning()));
        } catch (MissingLibraryException | LibraryException e) {
            return Optional.empty();
        }
    }

    /// When the library itself fails nothing is believed.
    @Override
    public SignatureCheck check() {
        return (key, message, signature) -> {
            try {
                return ed25519.verify(key.raw(), message, signature);
            } catch (LibraryException e) {
                throw new IllegalStateException("libcrypto cannot verify: " + e.getMessage(), e);
            }
        };
    }

    @Override
    public SigningKey key(byte[] seed, VerifyKey verifyKey) {
        return signing.key(seed, verifyKey);
    }

    @Override
    public VerifyKey publicHalf(byte[] seed) {
        return signing.publicHalf(seed);
    }
}
