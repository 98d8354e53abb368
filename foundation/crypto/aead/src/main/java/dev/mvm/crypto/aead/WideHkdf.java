package dev.mvm.crypto.aead;

import com.google.errorprone.annotations.MustBeClosed;
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

    /// The most that is derived, in bytes; HKDF itself gives more.
    public static final int MOST = 1024;

    private static final int BLOCK = 64; // what SHA-512 gives

    private final CFunction sha512 = Libcrypto.find("EVP_sha512");
    private final CFunction hmac = Libcrypto.find("HMAC");
    private final Libcrypto libcrypto;

    public WideHkdf(Libcrypto libcrypto) throws MissingLibraryException {
        this.libcrypto = libcrypto;
    }

    /// Derives bytes.
    ///
    /// @param key uniformly random, off the heap
    /// @param info what they are for, at most [#MAX_INFO] bytes
    /// @param size how many, at most [#MOST]
    /// @return they are the first of it, and nothing else is there
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller closes it
    public SecretMemory expand(MemorySegment key, byte[] info, int size) throws ErrnoException, LibraryException {
        if (info.length > MAX_INFO || size > MOST) {
            throw new IllegalArgumentException("an info of more than " + MAX_INFO + " bytes, or " + MOST + " derived");
        }
        // behind what is asked for: the block before, info, the number of the block; then the block itself, a key, too
        var secret = SecretMemory.allocate(size + BLOCK + info.length + 1 + BLOCK);
        try {
            expand(key, info, secret.bytes().asSlice(0, size), secret.bytes().asSlice(size));
            return secret;
        } catch (LibraryException e) {
            secret.close();
            throw e;
        }
    }

    private void expand(MemorySegment key, byte[] info, MemorySegment into, MemorySegment work)
            throws LibraryException {
        int number = BLOCK + info.length;
        var block = work.asSlice(number + 1, BLOCK);
        var buffer = work.asByteBuffer().put(BLOCK, info); // quicker the first time than a layout is
        for (long at = 0; at < into.byteSize(); at += BLOCK) {
            buffer.put(number, (byte) (at / BLOCK + 1));
            long skipped = at == 0 ? BLOCK : 0; // before the first block there is none
            long from = work.address() + skipped;
            long size = number + 1 - skipped;
            if (hmac.call(sha512.call(), key.address(), key.byteSize(), from, size, block.address(), 0) == 0) {
                throw libcrypto.failure("HMAC");
            }
            MemorySegment.copy(block, 0, into, at, Math.min(BLOCK, into.byteSize() - at));
            MemorySegment.copy(block, 0, work, 0, BLOCK);
        }
        work.fill((byte) 0);
    }
}
