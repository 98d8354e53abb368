package dev.mvm.crypto.sign;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.MissingLibraryException;
import java.lang.foreign.Arena;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// The signing half of Ed25519 in libcrypto; EVP_SIGNATURE-ED25519(7), EVP_DigestSign(3). It is here, and not beside
/// the verifying half, so that the root process does not have it.
final class LibcryptoSigning {
    private static final int EVP_PKEY_ED25519 = 1087; // NID_ED25519, openssl/obj_mac.h
    private static final long NULL = 0;

    private final CFunction newKey = Library.LIBCRYPTO.find("EVP_PKEY_new_raw_private_key");
    private final CFunction rawPublic = Library.LIBCRYPTO.find("EVP_PKEY_get_raw_public_key");
    private final CFunction freeKey = Library.LIBCRYPTO.find("EVP_PKEY_free");
    private final CFunction newContext = Library.LIBCRYPTO.find("EVP_MD_CTX_new");
    private final CFunction freeContext = Library.LIBCRYPTO.find("EVP_MD_CTX_free");
    private final CFunction init = Library.LIBCRYPTO.find("EVP_DigestSignInit");
    private final CFunction sign = Library.LIBCRYPTO.find("EVP_DigestSign");

    LibcryptoSigning() throws MissingLibraryException {}

    SigningKey key(byte[] seed, VerifyKey verifyKey) {
        return new Key(HeldSeed.of(seed), verifyKey);
    }

    VerifyKey publicHalf(byte[] seed) {
        try (var held = HeldSeed.of(seed);
                var arena = Arena.ofConfined()) {
            long key = open(held);
            try {
                var raw = arena.allocate(VerifyKey.BYTES);
                var length = arena.allocate(JAVA_LONG);
                length.set(JAVA_LONG, 0, raw.byteSize());
                if ((int) rawPublic.call(key, raw.address(), length.address()) != 1) {
                    throw new IllegalStateException("libcrypto does not tell a public half");
                }
                return new VerifyKey(raw.toArray(JAVA_BYTE));
            } finally {
                var _ = freeKey.call(key);
            }
        }
    }

    /// Returns an EVP_PKEY, which libcrypto wipes when it is freed.
    private long open(HeldSeed seed) {
        long key = newKey.call(
                EVP_PKEY_ED25519, NULL, seed.bytes().address(), seed.bytes().byteSize());
        if (key == NULL) {
            throw new IllegalStateException("libcrypto takes no Ed25519 key");
        }
        return key;
    }

    /// A seed, of which libcrypto makes a key for each signature. Many threads may sign with it; none may while it is
    /// closed.
    private final class Key implements SigningKey {
        private final VerifyKey verifyKey;
        private final HeldSeed seed;
        private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

        private Key(HeldSeed seed, VerifyKey verifyKey) {
            this.seed = seed;
            this.verifyKey = verifyKey;
        }

        @Override
        public VerifyKey verifyKey() {
            return verifyKey;
        }

        @Override
        public byte[] sign(byte[] message) {
            lock.readLock().lock();
            long key = NULL;
            long context = NULL;
            try (var arena = Arena.ofConfined()) {
                var data = arena.allocateFrom(JAVA_BYTE, message);
                var signature = arena.allocate(SignatureCheck.SIGNATURE_BYTES);
                var length = arena.allocate(JAVA_LONG);
                length.set(JAVA_LONG, 0, signature.byteSize());
                if (!seed.bytes().scope().isAlive()) {
                    throw new IllegalStateException("the key is closed");
                }
                key = open(seed);
                context = newContext.call();
                if (context == NULL
                        || (int) init.call(context, NULL, NULL, NULL, key) != 1
                        || (int) sign.call(
                                        context, signature.address(), length.address(), data.address(), message.length)
                                != 1
                        || length.get(JAVA_LONG, 0) != signature.byteSize()) {
                    throw new IllegalStateException("libcrypto does not sign");
                }
                return signature.toArray(JAVA_BYTE);
            } finally {
                var _ = freeContext.call(context);
                var _ = freeKey.call(key);
                lock.readLock().unlock();
            }
        }

        @Override
        public void close() {
            lock.writeLock().lock();
            try {
                seed.close();
            } finally {
                lock.writeLock().unlock();
            }
        }
    }
}
