package dev.mvm.sealer.paging.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.sealer.paging.PagingException;
import dev.mvm.sealer.paging.PagingReason;
import java.lang.foreign.MemorySegment;

/// A request that the kernel makes of a call of the VMM: linux/fuse.h, version 7.31. Names, sizes and offsets in it
/// are the VMM's. Lengths are checked here, the rest in [FuseDirectory].
sealed interface FuseRequest {
    /// struct fuse_in_header: len, opcode, unique, nodeid, uid, gid, pid, total_extlen
    int HEADER = 40;

    /// struct fuse_write_in; the bytes follow it.
    int WRITE_IN = 40;

    /// Most bytes of one write or read.
    int MOST_BYTES = 1 << 20;

    /// FUSE_NAME_MAX of fs/fuse/fuse_i.h
    int MOST_NAME = 1024;

    /// Requests about a file or the directory, which can be refused.
    sealed interface OfNode extends FuseRequest {}

    /// The first request of all.
    record Init(int major, int minor, int flags) implements FuseRequest {}

    /// Asks for the file of a name.
    record Lookup(String name) implements OfNode {}

    /// Asks for the attributes of the file.
    record GetAttributes() implements OfNode {}

    /// Changes attributes of the file.
    ///
    /// @param valid the attributes to change, a set of FATTR_*
    record SetAttributes(int valid, long size) implements OfNode {}

    /// Opens a file, and creates it if it does not exist.
    ///
    /// @param flags of open(2)
    record Create(String name, int flags) implements OfNode {}

    /// Opens a file that exists.
    ///
    /// @param flags of open(2)
    record Open(int flags) implements OfNode {}

    /// Reads a part of the file.
    record Read(long offset, int size) implements OfNode {}

    /// Writes a part of the file; its bytes follow in the request.
    ///
    /// @param flags FUSE_WRITE_*
    record Write(long offset, int size, int flags) implements OfNode {
        /// Offset of the bytes in the request.
        static final int BYTES_AT = HEADER + WRITE_IN;
    }

    record FileSystemStatus() implements FuseRequest {}

    /// FSYNC, ACCESS: nothing to be done. Each write is taken before it is answered.
    record Nothing() implements OfNode {}

    /// RELEASE: an open file is closed. The VMM does not wait for the answer.
    record Release() implements FuseRequest {}

    /// FORGET, BATCH_FORGET: nothing is kept for nodes, and no answer is expected.
    record Forget() implements FuseRequest {}

    /// Any other request, such as GETXATTR and FLUSH; the kernel goes on without it after ENOSYS.
    record Unknown() implements FuseRequest {}

    /// A request with the common header.
    ///
    /// @param unique number of the request, for the answer
    /// @param node node of the file or the directory
    record Numbered(long unique, long node, FuseRequest request) {}

    /// Reads a request.
    ///
    /// @param size its length from the beginning of `buffer`
    /// @throws PagingException `request`
    static Numbered decode(MemorySegment buffer, int size) throws PagingException {
        if (size < HEADER || buffer.get(JAVA_INT, 0) != size) {
            throw new PagingException(PagingReason.REQUEST, size + " bytes");
        }
        if (buffer.get(JAVA_SHORT, 36) != 0) {
            throw new PagingException(PagingReason.REQUEST, "extensions without an agreement");
        }
        int opcode = buffer.get(JAVA_INT, 4);
        long unique = buffer.get(JAVA_LONG, 8);
        return new Numbered(unique, buffer.get(JAVA_LONG, 16), body(opcode, buffer, size - HEADER));
    }

    private static FuseRequest body(int opcode, MemorySegment buffer, int size) throws PagingException {
        return switch (opcode) {
            case 1 -> new Lookup(name(buffer, 0, size)); // FUSE_LOOKUP
            case 2 -> fixed(size == 8, new Forget());
            case 3 -> fixed(size == 16, new GetAttributes());
            case 4 -> {
                check(size == 88);
                yield new SetAttributes(buffer.get(JAVA_INT, HEADER), buffer.get(JAVA_LONG, HEADER + 16L));
            }
            case 14 -> { // FUSE_OPEN
                check(size == 8);
                yield new Open(buffer.get(JAVA_INT, HEADER));
            }
            case 15 -> read(buffer, size);
            case 16 -> write(buffer, size);
            case 17 -> fixed(size == 0, new FileSystemStatus());
            case 18 -> fixed(size == 24, new Release());
            case 20 -> fixed(size == 16, new Nothing()); // FUSE_FSYNC
            case 26 -> { // FUSE_INIT: major, minor, max_readahead, flags, and more in newer kernels
                check(size >= 16);
                yield new Init(
                        buffer.get(JAVA_INT, HEADER),
                        buffer.get(JAVA_INT, HEADER + 4L),
                        buffer.get(JAVA_INT, HEADER + 12L));
            }
            case 34 -> fixed(size == 8, new Nothing()); // FUSE_ACCESS
            case 35 -> { // FUSE_CREATE: flags, mode, umask, open_flags
                check(size > 16);
                yield new Create(name(buffer, 16, size - 16), buffer.get(JAVA_INT, HEADER));
            }
            case 42 -> { // FUSE_BATCH_FORGET: count, dummy
                check(size >= 8);
                long count = Integer.toUnsignedLong(buffer.get(JAVA_INT, HEADER));
                yield fixed(size == 8 + 16 * count, new Forget());
            }
            default -> new Unknown();
        };
    }

    /// FUSE_READ: fh, offset, size, and more.
    private static FuseRequest read(MemorySegment buffer, int size) throws PagingException {
        check(size == 40);
        int some = buffer.get(JAVA_INT, HEADER + 16L);
        check(some >= 0);
        return new Read(buffer.get(JAVA_LONG, HEADER + 8L), some);
    }

    /// FUSE_WRITE: fh, offset, size, write_flags, lock_owner, flags.
    private static FuseRequest write(MemorySegment buffer, int size) throws PagingException {
        check(size > WRITE_IN);
        int some = buffer.get(JAVA_INT, HEADER + 16L);
        check(some == size - WRITE_IN && some <= MOST_BYTES);
        return new Write(buffer.get(JAVA_LONG, HEADER + 8L), some, buffer.get(JAVA_INT, HEADER + 20L));
    }

    /// A name, which fills the rest of the request and ends in its only zero byte.
    private static String name(MemorySegment buffer, int at, int size) throws PagingException {
        check(size > 1 && size <= MOST_NAME + 1);
        var bytes = buffer.asSlice(HEADER + (long) at, size).toArray(JAVA_BYTE);
        for (int i = 0; i < size; i++) {
            check(bytes[i] == 0 == (i == size - 1));
        }
        return new String(bytes, 0, size - 1, ISO_8859_1);
    }

    private static FuseRequest fixed(boolean fits, FuseRequest request) throws PagingException {
        check(fits);
        return request;
    }

    private static void check(boolean fits) throws PagingException {
        if (!fits) {
            throw new PagingException(PagingReason.REQUEST, "invalid length");
        }
    }
}
