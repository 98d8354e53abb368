package dev.mvm.linux.libcrypto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Keys from a key: HKDF-Expand with SHA-256 (RFC 5869 section 2.3), one block; HMAC(3). The key is uniformly
/// random, so there is nothing to extract first (section 3.3).
public final class Hkdf {
    /// Bytes of the key, and of what is derived.
    public static final int SIZE = 32;

    private final CFunction sha256 = Libcrypto.find("EVP_sha256");
    private final CFunction hmac = Libcrypto.find("HMAC");
    private final Libcrypto libcrypto;

    public Hkdf(Libcrypto libcrypto) throws MissingLibraryException {
        this.libcrypto = libcrypto;
    }

    /// The key for one purpose.
    ///
    /// @param key 32 random bytes off the heap
    /// @param info what the derived key is for: another text is another key
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's in the end, closed here on the way out of an error
    public SecretMemory derive(MemorySegment key, String info) throws ErrnoException, LibraryException {
        try (var arena = Arena.ofConfined()) {
            var text = arena.allocateFrom(JAVA_BYTE, (info + (char) 1).getBytes(UTF_8)); // the number of the block
            var out = SecretMemory.allocate(SIZE);
            long md = sha256.call();
            long to = out.bytes().address();
            if (hmac.call(md, key.address(), key.byteSize(), text.address(), text.byteSize(), to, 0) == 0) {
                out.close();
                throw libcrypto.failure("HMAC");
            }
            return out;
        }
    }
}
