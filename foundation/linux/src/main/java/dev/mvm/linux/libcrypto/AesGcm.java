package dev.mvm.linux.libcrypto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// AES-256-GCM (NIST SP 800-38D) for things that fit into memory; EVP_CipherInit_ex(3). What is sealed is nonce,
/// contents
/// and tag. The nonce is random, which is good for 2^32 sealings under one key.
///
/// Keys and contents are off the heap; what is sealed, and what it is bound to, may be on it.
public final class AesGcm {
    static final int NONCE = 12;
    static final int TAG = 16;

    /// Of a piece: its nonce, and behind it where libcrypto says how much it has written.
    static final int SCRATCH = 24;

    private static final int LENGTH = 16;

    /// By how much what is sealed is longer than its contents.
    public static final int OVERHEAD = NONCE + TAG;

    // openssl/evp.h: EVP_CTRL_AEAD_GET_TAG, EVP_CTRL_AEAD_SET_TAG
    private static final int GET_TAG = 0x10;
    private static final int SET_TAG = 0x11;
    private static final long NULL = 0;

    private final Libcrypto libcrypto;
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
            libcrypto.random(out.asSlice(0, NONCE));
            if (!once(true, key, aad, contents, out, arena)) {
                throw failure();
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
            boolean opened = once(false, key, aad, into, arena.allocateFrom(JAVA_BYTE, sealed), arena);
            if (!opened) {
                refuse(into);
            }
            return opened;
        }
    }

    private boolean once(
            boolean seals, SecretMemory key, byte[] aad, MemorySegment contents, MemorySegment sealed, Arena arena) {
        long context = context(key.bytes(), seals);
        try {
            var nonce = arena.allocate(SCRATCH, Long.BYTES).copyFrom(sealed.asSlice(0, NONCE));
            var bound = arena.allocateFrom(JAVA_BYTE, aad);
            long text = sealed.address() + NONCE;
            long from = seals ? contents.address() : text;
            long to = seals ? text : contents.address();
            return context != NULL
                    && begin(context, seals, nonce.address(), bound.address(), aad.length)
                    && end(context, seals, nonce.address(), from, to, contents.byteSize());
        } finally {
            free(context);
        }
    }

    /// A cipher that has its key, and no nonce yet; to be [#free]d. 0 if there is none.
    long context(MemorySegment key, boolean seals) {
        long context = newContext.call();
        if (context != NULL && (int) init.call(context, cipher.call(), NULL, key.address(), NULL, seals ? 1 : 0) == 1) {
            return context;
        }
        free(context);
        return NULL;
    }

    void free(long context) {
        var _ = freeContext.call(context);
    }

    /// Begins a piece.
    ///
    /// @param scratch a nonce, and room
    boolean begin(long context, boolean seals, long scratch, long aad, long size) {
        return (int) init.call(context, NULL, NULL, NULL, scratch, seals ? 1 : 0) == 1
                && (size == 0 || (int) update.call(context, NULL, scratch + LENGTH, aad, size, NULL) == 1);
    }

    /// Ends a piece: its tag is behind what is sealed.
    boolean end(long context, boolean seals, long scratch, long from, long to, long size) {
        long length = scratch + LENGTH;
        long tag = (seals ? to : from) + size;
        return (int) update.call(context, to, length, from, size, NULL) == 1
                && (seals || (int) control.call(context, SET_TAG, TAG, tag, NULL, NULL) == 1)
                && (int) last.call(context, length, length, NULL, NULL, NULL) == 1 // GCM writes nothing at its end
                && (!seals || (int) control.call(context, GET_TAG, TAG, tag, NULL, NULL) == 1);
    }

    LibraryException failure() {
        return libcrypto.failure("EVP_CipherInit_ex, EVP_CipherUpdate, EVP_CipherFinal_ex");
    }

    /// What has been deciphered already, before its tag did not fit, is not left to anyone.
    void refuse(MemorySegment into) {
        into.fill((byte) 0);
        libcrypto.clearErrors();
    }
}
