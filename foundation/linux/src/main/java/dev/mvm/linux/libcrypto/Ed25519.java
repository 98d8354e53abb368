package dev.mvm.linux.libcrypto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Ed25519 signatures (RFC 8032), pure, without context; EVP_SIGNATURE-ED25519(7), EVP_DigestVerify(3),
/// EVP_DigestSign(3).
public final class Ed25519 {
    public static final int KEY_SIZE = 32;
    public static final int SIGNATURE_SIZE = 64;

    private static final long NULL = 0;

    private final Libcrypto libcrypto;
    private final CFunction newKey = Libcrypto.find("EVP_PKEY_new_raw_public_key");
    private final CFunction freeKey = Libcrypto.find("EVP_PKEY_free");
    private final CFunction newContext = Libcrypto.find("EVP_MD_CTX_new");
    private final CFunction freeContext = Libcrypto.find("EVP_MD_CTX_free");
    private final CFunction init = Libcrypto.find("EVP_DigestVerifyInit");
    private final CFunction verify = Libcrypto.find("EVP_DigestVerify");
    private final CFunction initSign = Libcrypto.find("EVP_DigestSignInit");
    private final CFunction sign = Libcrypto.find("EVP_DigestSign");
    private final PrivateKeys keys;

    public Ed25519(Libcrypto libcrypto) throws MissingLibraryException {
        this.libcrypto = libcrypto;
        this.keys = new PrivateKeys(libcrypto);
    }

    /// Returns whether `signature` over `message` was made with the private half of `publicKey`. Takes one copy of
    /// the message off the heap for as long as it runs, and nothing on it.
    ///
    /// @param publicKey 32 bytes; bytes that are no point of the curve verify nothing
    /// @param signature 64 bytes; of any other length it is no signature
    /// @throws LibraryException if the library could not tell: then the signature is neither good nor bad
    public boolean verify(byte[] publicKey, byte[] message, byte[] signature) throws LibraryException {
        if (publicKey.length != KEY_SIZE) {
            throw new IllegalArgumentException("an Ed25519 public key has 32 bytes");
        }
        if (signature.length != SIGNATURE_SIZE) {
            return false;
        }
        libcrypto.clearErrors();
        try (var arena = Arena.ofConfined()) {
            var keyBytes = arena.allocateFrom(JAVA_BYTE, publicKey);
            long key = newKey.call(PrivateKeys.ED25519, NULL, keyBytes.address(), KEY_SIZE);
            if (key == NULL) {
                throw libcrypto.failure("EVP_PKEY_new_raw_public_key");
            }
            try {
                return verify(key, arena.allocateFrom(JAVA_BYTE, message), arena.allocateFrom(JAVA_BYTE, signature));
            } finally {
                var _ = freeKey.call(key);
            }
        }
    }

    private boolean verify(long key, MemorySegment message, MemorySegment signature) throws LibraryException {
        long context = newContext.call();
        if (context == NULL) {
            throw libcrypto.failure("EVP_MD_CTX_new");
        }
        try {
            if ((int) init.call(context, NULL, NULL, NULL, key) != 1) {
                throw libcrypto.failure("EVP_DigestVerifyInit");
            }
            return switch ((int) verify.call(
                    context, signature.address(), signature.byteSize(), message.address(), message.byteSize())) {
                case 1 -> true;
                case 0 -> false;
                default -> throw libcrypto.failure("EVP_DigestVerify");
            };
        } finally {
            var _ = freeContext.call(context);
            libcrypto.clearErrors();
        }
    }

    /// Makes a private key: 32 random bytes (RFC 8032 section 5.1.5).
    public void generate(SecretMemory into) throws LibraryException {
        keys.generate(into);
    }

    /// The public half of a private key.
    ///
    /// @param seed the private key as RFC 8032 has it, 32 random bytes
    public byte[] publicKey(SecretMemory seed) throws LibraryException {
        return keys.publicHalf(PrivateKeys.ED25519, seed);
    }

    /// Signs a message: 64 bytes, the same each time.
    public byte[] sign(SecretMemory seed, byte[] message) throws LibraryException {
        return keys.lend(PrivateKeys.ED25519, seed, key -> {
            long context = newContext.call();
            try (var arena = Arena.ofConfined()) {
                var text = arena.allocateFrom(JAVA_BYTE, message);
                var out = arena.allocate(SIGNATURE_SIZE);
                long length = arena.allocateFrom(JAVA_LONG, SIGNATURE_SIZE).address();
                if ((int) initSign.call(context, NULL, NULL, NULL, key) != 1
                        || (int) sign.call(context, out.address(), length, text.address(), text.byteSize()) != 1) {
                    throw libcrypto.failure("EVP_DigestSign");
                }
                return out.toArray(JAVA_BYTE);
            } finally {
                var _ = freeContext.call(context);
            }
        });
    }
}
