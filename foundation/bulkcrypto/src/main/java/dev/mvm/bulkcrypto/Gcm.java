package dev.mvm.bulkcrypto;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.libcrypto.Libcrypto;
import java.lang.foreign.MemorySegment;

/// libcrypto's AES-256-GCM, step by step; EVP_EncryptInit(3). Contexts are addresses, and nothing is checked here.
public final class Gcm {
    static final int NONCE = 12;
    static final int TAG = 16;

    /// Of a piece: its nonce, and behind it where libcrypto says how much it has written.
    static final int SCRATCH = 24;

    private static final int LENGTH = 16;

    // openssl/evp.h
    private static final int GET_TAG = 0x10;
    private static final int SET_TAG = 0x11;
    private static final long NULL = 0;

    private final Libcrypto libcrypto;
    private final CFunction newContext = Libcrypto.find("EVP_CIPHER_CTX_new");
    private final CFunction freeContext = Libcrypto.find("EVP_CIPHER_CTX_free");
    // linked with it is how all of them are called, and not when there is something to seal already
    private final long cipher = BriefFunction.find("EVP_aes_256_gcm").call(0, 0, 0, 0, 0, 0);

    /// What is called for every piece: as constants, which the JIT compiler makes direct calls of.
    private static final class Each {
        static final BriefFunction INIT = find("EVP_CipherInit_ex");
        static final BriefFunction UPDATE = find("EVP_CipherUpdate");
        static final BriefFunction LAST = find("EVP_CipherFinal_ex");
        static final BriefFunction CONTROL = find("EVP_CIPHER_CTX_ctrl");

        private static BriefFunction find(String function) {
            try {
                return BriefFunction.find(function);
            } catch (MissingLibraryException e) { // it was there for the others
                throw new IllegalStateException(e);
            }
        }
    }

    public Gcm(Libcrypto libcrypto) throws MissingLibraryException {
        this.libcrypto = libcrypto;
    }

    /// A cipher that has its key, and no nonce yet; to be [#free]d. 0 if there is none.
    long context(MemorySegment key, boolean seals) {
        long context = newContext.call();
        if (context != NULL && (int) Each.INIT.call(context, cipher, NULL, key.address(), NULL, seals ? 1 : 0) == 1) {
            return context;
        }
        free(context);
        return NULL;
    }

    void free(long context) {
        var _ = freeContext.call(context);
    }

    /// One piece: its tag is behind what is sealed.
    ///
    /// @param scratch a nonce, and room
    /// @return whether it worked; when opening, also whether the tag fits
    boolean run(long context, boolean seals, long scratch, long from, long to, long size) {
        long length = scratch + LENGTH;
        long tag = (seals ? to : from) + size;
        return (int) Each.INIT.call(context, NULL, NULL, NULL, scratch, seals ? 1 : 0) == 1
                && (int) Each.UPDATE.call(context, to, length, from, size, NULL) == 1
                && (seals || (int) Each.CONTROL.call(context, SET_TAG, TAG, tag, NULL, NULL) == 1)
                && (int) Each.LAST.call(context, length, length, NULL, NULL, NULL) == 1 // GCM writes nothing at its end
                && (!seals || (int) Each.CONTROL.call(context, GET_TAG, TAG, tag, NULL, NULL) == 1);
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
