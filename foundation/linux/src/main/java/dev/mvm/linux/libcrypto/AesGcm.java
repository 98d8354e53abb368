package dev.mvm.linux.libcrypto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// AES-256-GCM (NIST SP 800-38D) for things that fit into memory; EVP_CipherInit_ex(3). What is sealed is nonce,
/// contents and tag. The nonce is random, which is good for 2^32 sealings under one key.
///
/// Keys and contents are off the heap; what is sealed, and what it is bound to, may be on it.
public final class AesGcm {
    private static final int NONCE = 12;
    private static final int TAG = 16;

    /// By how much what is sealed is longer than its contents.
    public static final int OVERHEAD = NONCE + TAG;

    // openssl/evp.h: EVP_CTRL_AEAD_GET_TAG, EVP_CTRL_AEAD_SET_TAG
    private static final int GET_TAG = 0x10;
    private static final int SET_TAG = 0x11;
    private static final long NULL = 0;

    private final Libcrypto libcrypto;
    private final CFunction random = Libcrypto.find("RAND_bytes");
    private final CFunction cipher = Libcrypto.find("EVP_aes_256_gcm");
    private final CFunction newContext = Libcrypto.find("EVP_CIPHER_CTX_new");
    private final CFunction freeContext = Libcrypto.find("EVP_CIPHER_CTX_free");
    private final CFunction init = Libcrypto.find("EVP_CipherInit_ex");
    private final CFunction update = Libcrypto.find("EVP_CipherUpdate");
    private final CFunction last = Libcrypto.find("EVP_CipherFinal_ex");
    private final CFunction control = Libcrypto.find("EVP_CIPHER_CTX_ctrl");

    public AesGcm(Libcrypto libcrypto) throws MissingLibraryException {
        this.libcrypto = libcrypto;
    }

    /// Seals `contents`.
    ///
    /// @param aad what it is bound to: it opens with nothing else
    public byte[] seal(SecretMemory key, byte[] aad, MemorySegment contents) throws LibraryException {
        try (var arena = Arena.ofConfined()) {
            var out = arena.allocate(contents.byteSize() + OVERHEAD);
            if ((int) random.call(out.address(), NONCE) != 1 || !run(true, key, aad, contents, out, arena)) {
                throw libcrypto.failure("EVP_CipherFinal_ex");
            }
            return out.toArray(JAVA_BYTE);
        }
    }

    /// Opens what was sealed.
    ///
    /// @param into where the contents go, exactly as long as they are; zeros if it does not open
    /// @return whether it was sealed with this key and `aad`, and has not been altered
    public boolean open(SecretMemory key, byte[] aad, byte[] sealed, MemorySegment into) {
        if (sealed.length != into.byteSize() + OVERHEAD) {
            return false;
        }
        try (var arena = Arena.ofConfined()) {
            boolean opened = run(false, key, aad, into, arena.allocateFrom(JAVA_BYTE, sealed), arena);
            if (!opened) {
                into.fill((byte) 0);
            }
            return opened;
        } finally {
            libcrypto.clearErrors();
        }
    }

    private boolean run(
            boolean seal, SecretMemory key, byte[] aad, MemorySegment contents, MemorySegment sealed, Arena arena) {
        long context = newContext.call();
        try {
            var bound = arena.allocateFrom(JAVA_BYTE, aad);
            long size = contents.byteSize();
            long length = arena.allocate(Long.BYTES, Long.BYTES).address();
            long nonce = sealed.address();
            long text = nonce + NONCE;
            long tag = text + size;
            long from = seal ? contents.address() : text;
            long to = seal ? text : contents.address();
            return context != NULL // libcrypto has no memory for it
                    && (int) init.call(context, cipher.call(), NULL, key.bytes().address(), nonce, seal ? 1 : 0) == 1
                    && (seal || (int) control.call(context, SET_TAG, TAG, tag) == 1)
                    && (int) update.call(context, NULL, length, bound.address(), aad.length) == 1
                    && (int) update.call(context, to, length, from, size) == 1
                    && (int) last.call(context, tag, length) == 1
                    && (!seal || (int) control.call(context, GET_TAG, TAG, tag) == 1);
        } finally {
            var _ = freeContext.call(context);
        }
    }
}
