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

/// Keys from a key: HKDF-Expand (RFC 5869 section 2.3); HMAC(3). The key is uniformly random, so there is nothing to
/// extract first (section 3.3).
public final class Hkdf {
    /// Of the key, and of what is derived.
    public static final int SIZE = 32;

    /// The longest `info` of [#expand], in bytes.
    public static final int MAX_INFO = 2048;

    private static final int BLOCK = 64; // what SHA-512 gives

    private final CFunction sha256 = Libcrypto.find("EVP_sha256");
    private final CFunction sha512 = Libcrypto.find("EVP_sha512");
    private final CFunction hmac = Libcrypto.find("HMAC");
    private final Libcrypto libcrypto;

    public Hkdf(Libcrypto libcrypto) throws MissingLibraryException {
        this.libcrypto = libcrypto;
    }

    /// The key for one purpose, by SHA-256: one block.
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

    /// Several keys at once, by SHA-512.
    ///
    /// @param key uniformly random, off the heap
    /// @param info what they are for, at most [#MAX_INFO] bytes
    /// @param into where they go, off the heap: any number of bytes up to 255 blocks of 64
    public void expand(MemorySegment key, byte[] info, MemorySegment into) throws ErrnoException, LibraryException {
        if (info.length > MAX_INFO || into.byteSize() > 255 * BLOCK) {
            throw new IllegalArgumentException("more than HKDF gives, or an info of more than " + MAX_INFO + " bytes");
        }
        // the block before, info, the number of the block; then the block itself, which is a key, too
        try (var work = SecretMemory.allocate(BLOCK + info.length + 1 + BLOCK)) {
            var bytes = work.bytes();
            int number = BLOCK + info.length;
            var block = bytes.asSlice(number + 1, BLOCK);
            MemorySegment.copy(info, 0, bytes, JAVA_BYTE, BLOCK, info.length);
            for (long at = 0; at < into.byteSize(); at += BLOCK) {
                bytes.set(JAVA_BYTE, number, (byte) (at / BLOCK + 1));
                long skipped = at == 0 ? BLOCK : 0; // before the first block there is none
                long from = bytes.address() + skipped;
                long size = number + 1 - skipped;
                if (hmac.call(sha512.call(), key.address(), key.byteSize(), from, size, block.address(), 0) == 0) {
                    throw libcrypto.failure("HMAC");
                }
                MemorySegment.copy(block, 0, into, at, Math.min(BLOCK, into.byteSize() - at));
                MemorySegment.copy(block, 0, bytes, 0, BLOCK);
            }
        }
    }
}
