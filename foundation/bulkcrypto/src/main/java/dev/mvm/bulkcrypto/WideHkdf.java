package dev.mvm.bulkcrypto;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.MemorySegment;

/// Several keys from a key: HKDF-Expand with SHA-512 (RFC 5869 section 2.3); HMAC(3). The key is uniformly random, so
/// there is nothing to extract first (section 3.3).
public final class WideHkdf {
    /// The longest `info`, in bytes.
    public static final int MAX_INFO = 2048;

    private static final int BLOCK = 64; // what SHA-512 gives
    private static final int MOST = 255 * BLOCK;

    private final CFunction sha512 = Libcrypto.find("EVP_sha512");
    private final CFunction hmac = Libcrypto.find("HMAC");
    private final Libcrypto libcrypto;

    public WideHkdf(Libcrypto libcrypto) throws MissingLibraryException {
        this.libcrypto = libcrypto;
    }

    /// Derives as many bytes as `into` has.
    ///
    /// @param key uniformly random, off the heap
    /// @param info what they are for, at most [#MAX_INFO] bytes
    /// @param into where they go, off the heap: up to 255 blocks of 64 bytes
    public void expand(MemorySegment key, byte[] info, MemorySegment into) throws ErrnoException, LibraryException {
        if (info.length > MAX_INFO || into.byteSize() > MOST) {
            throw new IllegalArgumentException("more than HKDF gives, or an info of more than " + MAX_INFO + " bytes");
        }
        // the block before, info, the number of the block; then the block itself, which is a key, too
        try (var work = SecretMemory.allocate(BLOCK + info.length + 1 + BLOCK)) {
            var bytes = work.bytes();
            int number = BLOCK + info.length;
            var block = bytes.asSlice(number + 1, BLOCK);
            var buffer = bytes.asByteBuffer().put(BLOCK, info); // quicker the first time than a layout is
            for (long at = 0; at < into.byteSize(); at += BLOCK) {
                buffer.put(number, (byte) (at / BLOCK + 1));
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
