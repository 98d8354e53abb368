package dev.mvm.linux.libcrypto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.Arena;

/// Private keys of 32 bytes as the library takes them: it has a copy for as long as one is used;
/// EVP_PKEY_new_raw_private_key(3).
final class PrivateKeys {
    static final int SIZE = 32;
    static final int X25519 = 1034; // NID_X25519, openssl/obj_mac.h
    static final int ED25519 = 1087; // NID_ED25519, as above

    private final Libcrypto libcrypto;
    private final CFunction random = Libcrypto.find("RAND_priv_bytes");
    private final CFunction newKey = Libcrypto.find("EVP_PKEY_new_raw_private_key");
    private final CFunction freeKey = Libcrypto.find("EVP_PKEY_free");
    private final CFunction getPublicKey = Libcrypto.find("EVP_PKEY_get_raw_public_key");

    PrivateKeys(Libcrypto libcrypto) throws MissingLibraryException {
        this.libcrypto = libcrypto;
    }

    void generate(SecretMemory into) throws LibraryException {
        if ((int) random.call(into.bytes().address(), SIZE) != 1) {
            throw libcrypto.failure("RAND_priv_bytes");
        }
    }

    /// Work with the library's copy.
    @FunctionalInterface
    interface Use<T> {
        T of(long key) throws LibraryException;
    }

    <T> T lend(int type, SecretMemory bytes, Use<T> use) throws LibraryException {
        if (bytes.bytes().byteSize() != SIZE) {
            throw new IllegalArgumentException("a private key has 32 bytes");
        }
        long key = newKey.call(type, 0, bytes.bytes().address(), SIZE);
        if (key == 0) {
            throw libcrypto.failure("EVP_PKEY_new_raw_private_key");
        }
        try {
            return use.of(key);
        } finally {
            var _ = freeKey.call(key);
        }
    }

    byte[] publicHalf(int type, SecretMemory bytes) throws LibraryException {
        return lend(type, bytes, key -> {
            try (var arena = Arena.ofConfined()) {
                var out = arena.allocate(SIZE);
                long length = arena.allocateFrom(JAVA_LONG, SIZE).address();
                if ((int) getPublicKey.call(key, out.address(), length) != 1) {
                    throw libcrypto.failure("EVP_PKEY_get_raw_public_key");
                }
                return out.toArray(JAVA_BYTE);
            }
        });
    }
}
