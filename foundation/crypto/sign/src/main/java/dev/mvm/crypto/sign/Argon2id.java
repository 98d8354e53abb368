package dev.mvm.crypto.sign;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.crypto.sign.SigningException.Reason;
import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.call.CString;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.libcrypto.Libcrypto;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Keys from passphrases: Argon2id, version 1.3 (RFC 9106), in libcrypto from OpenSSL 3.2 on; EVP_KDF-ARGON2(7). It is
/// here, and not beside the other derivations, so that the root process does not have it.
final class Argon2id {
    private static final int UNSIGNED_INTEGER = 2; // openssl/core.h
    private static final int OCTET_STRING = 5;
    private static final int PARAMETERS = 5;
    private static final int PARAMETER_BYTES = 40; // OSSL_PARAM: name, type, data, its size, the size returned
    private static final long NULL = 0;

    private final CFunction fetch = Library.LIBCRYPTO.find("EVP_KDF_fetch");
    private final CFunction free = Library.LIBCRYPTO.find("EVP_KDF_free");
    private final CFunction newContext = Library.LIBCRYPTO.find("EVP_KDF_CTX_new");
    private final CFunction freeContext = Library.LIBCRYPTO.find("EVP_KDF_CTX_free");
    private final CFunction derive = Library.LIBCRYPTO.find("EVP_KDF_derive");
    private final Libcrypto libcrypto = new Libcrypto();

    private Argon2id() throws MissingLibraryException, LibraryException {}

    /// The cost of a derivation.
    ///
    /// @param passes over the memory, 1 or more
    /// @param kibibytes of memory, at least eight for each lane
    /// @param lanes parts of the memory that could be filled at the same time
    record Cost(int passes, int kibibytes, int lanes) {}

    /// Finds the library.
    ///
    /// @throws SigningException `NO_LIBRARY` if it is not installed or this process may not call it
    static Argon2id here() throws SigningException {
        if (Library.class.getModule().isNativeAccessEnabled()
                && System.getProperty("os.arch").equals("amd64")) {
            try {
                return new Argon2id();
            } catch (MissingLibraryException | LibraryException _) { // says the same as no access
            }
        }
        throw missing();
    }

    private static SigningException missing() {
        return new SigningException(
                Reason.NO_LIBRARY,
                "a key file with a passphrase needs Argon2id of OpenSSL 3.2 or later (libcrypto.so.3, Debian's"
                        + " libssl3t64) on x86-64: install it, and start mvm by the command of its package");
    }

    /// Derives `length` bytes.
    ///
    /// @throws SigningException `NO_LIBRARY` if the library is too old for it, or has no memory for it
    byte[] derive(byte[] passphrase, byte[] salt, Cost cost, int length) throws SigningException {
        try (var arena = Arena.ofConfined()) {
            long kdf = fetch.call(NULL, CString.of(arena, "ARGON2ID").address(), NULL);
            long context = kdf == NULL ? NULL : newContext.call(kdf);
            var secret = arena.allocateFrom(JAVA_BYTE, passphrase);
            var out = arena.allocate(length);
            try {
                var parameters = parameters(arena, secret, arena.allocateFrom(JAVA_BYTE, salt), cost);
                if (context == NULL || (int) derive.call(context, out.address(), length, parameters.address()) != 1) {
                    libcrypto.clearErrors();
                    throw missing();
                }
                return out.toArray(JAVA_BYTE);
            } finally {
                secret.fill((byte) 0);
                out.fill((byte) 0);
                var _ = freeContext.call(context); // both take NULL
                var _ = free.call(kdf);
            }
        }
    }

    /// Makes an array of OSSL_PARAM(3), which a parameter of zeros ends.
    private static MemorySegment parameters(Arena arena, MemorySegment passphrase, MemorySegment salt, Cost cost) {
        var all = arena.allocate((PARAMETERS + 1) * (long) PARAMETER_BYTES, Long.BYTES);
        put(arena, all, 0, "pass", OCTET_STRING, passphrase);
        put(arena, all, 1, "salt", OCTET_STRING, salt);
        put(arena, all, 2, "iter", UNSIGNED_INTEGER, arena.allocateFrom(JAVA_INT, cost.passes()));
        put(arena, all, 3, "memcost", UNSIGNED_INTEGER, arena.allocateFrom(JAVA_INT, cost.kibibytes()));
        put(arena, all, 4, "lanes", UNSIGNED_INTEGER, arena.allocateFrom(JAVA_INT, cost.lanes()));
        return all;
    }

    private static void put(Arena arena, MemorySegment all, int index, String name, int type, MemorySegment data) {
        long at = index * (long) PARAMETER_BYTES;
        all.set(JAVA_LONG, at, CString.of(arena, name).address());
        all.set(JAVA_INT, at + 8, type);
        all.set(JAVA_LONG, at + 16, data.address());
        all.set(JAVA_LONG, at + 24, data.byteSize());
    }
}
