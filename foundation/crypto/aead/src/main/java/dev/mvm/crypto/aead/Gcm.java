package dev.mvm.crypto.aead;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.libcrypto.Libcrypto;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// libcrypto's AES-256-GCM, step by step; EVP_EncryptInit(3). Contexts are addresses, and nothing is checked here.
public final class Gcm {
    static final int NONCE = 12;
    static final int TAG = 16;

    private static final long NULL = 0;

    private final Libcrypto libcrypto;
    private final CFunction newContext = Libcrypto.find("EVP_CIPHER_CTX_new");
    private final CFunction freeContext = Libcrypto.find("EVP_CIPHER_CTX_free");
    private final CFunction init = Libcrypto.find("EVP_CipherInit_ex");
    private final long cipher;

    /// Calls made for every piece, each no longer than some KiB take: the JVM does not prepare for a stop, and
    /// keeps no errno(3). How it is called and where it begins are constants: a compiler makes of it what C would.
    private static final class Each {
        private static final MethodHandle CALL = Library.link(6, Linker.Option.critical(false));
        private static final MemorySegment INIT = find("EVP_CipherInit_ex");
        private static final MemorySegment UPDATE = find("EVP_CipherUpdate");
        private static final MemorySegment LAST = find("EVP_CipherFinal_ex");
        private static final MemorySegment SET = find("EVP_CIPHER_CTX_set_params");
        private static final MemorySegment GET = find("EVP_CIPHER_CTX_get_params");

        private static MemorySegment find(String function) {
            try {
                return Libcrypto.find(function).address();
            } catch (MissingLibraryException e) { // it was there for the others
                throw new IllegalStateException(e);
            }
        }

        static boolean nonce(long context, long nonce, boolean seals) throws Throwable {
            return worked((long) CALL.invokeExact(INIT, context, NULL, NULL, NULL, nonce, seals ? 1L : 0L));
        }

        static boolean text(long context, long from, long to, long size, long length) throws Throwable {
            return worked((long) CALL.invokeExact(UPDATE, context, to, length, from, size, NULL));
        }

        static boolean setTag(long context, long tag) throws Throwable {
            return worked((long) CALL.invokeExact(SET, context, tag, NULL, NULL, NULL, NULL));
        }

        static boolean getTag(long context, long tag) throws Throwable {
            return worked((long) CALL.invokeExact(GET, context, tag, NULL, NULL, NULL, NULL));
        }

        /// GCM writes nothing at its end.
        static boolean end(long context, long length) throws Throwable {
            return worked((long) CALL.invokeExact(LAST, context, length, length, NULL, NULL, NULL));
        }

        private static boolean worked(long result) {
            return (int) result == 1; // the upper half of an int is undefined
        }
    }

    public Gcm(Libcrypto libcrypto) throws MissingLibraryException {
        this.libcrypto = libcrypto;
        this.cipher = Libcrypto.find("EVP_aes_256_gcm").call();
    }

    /// A cipher that has its key, and no nonce yet; to be [#free]d. 0 if there is none.
    long context(MemorySegment key, boolean seals) {
        long context = newContext.call();
        if (context != NULL && (int) init.call(context, cipher, NULL, key.address(), NULL, seals ? 1 : 0) == 1) {
            return context;
        }
        free(context);
        return NULL;
    }

    void free(long context) {
        var _ = freeContext.call(context);
    }

    /// Seals or opens one piece.
    ///
    /// @param nonce where it is
    /// @param tag where its place is said, as [GcmBatch] says it
    /// @param length where libcrypto writes how much it has written: an int, which is not read
    /// @return whether it worked; when opening, also whether the tag fits
    boolean run(long context, boolean seals, long nonce, long tag, long length, long from, long to, long size) {
        try {
            return Each.nonce(context, nonce, seals)
                    && Each.text(context, from, to, size, length)
                    && (seals || Each.setTag(context, tag))
                    && Each.end(context, length)
                    && (!seals || Each.getTag(context, tag));
        } catch (RuntimeException | Error unchecked) {
            throw unchecked;
        } catch (Throwable checked) {
            throw new AssertionError("native code cannot throw", checked);
        }
    }

    LibraryException failure() {
        return libcrypto.failure("EVP_CipherInit_ex, EVP_CipherUpdate, EVP_CipherFinal_ex");
    }

    /// Wipes what was deciphered before the tag turned out wrong.
    void refuse(MemorySegment into) {
        into.fill((byte) 0);
        libcrypto.clearErrors();
    }
}
