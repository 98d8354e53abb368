package dev.mvm.sealer.paging.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/// Answers to the kernel, which checks their lengths: linux/fuse.h. They are built in the buffer of the request.
final class FuseReply {
    /// struct fuse_out_header: len, error, unique
    static final int HEADER = 16;

    private static final int ATTRIBUTES = 88; // struct fuse_attr
    private static final int MAJOR = 7;
    private static final int MINOR = 31;

    /// FUSE_MAX_PAGES: writes of more than 128 KiB.
    private static final int MAX_PAGES = 1 << 22;

    /// FUSE_BIG_WRITES, which newer kernels assume.
    private static final int BIG_WRITES = 1 << 5;

    /// FOPEN_DIRECT_IO: writes of the VMM arrive one by one, and are in no page cache. FOPEN_NOFLUSH (Linux 5.16):
    /// close(2) sends no request, so that a file can be closed while no process serves.
    private static final int OPEN_FLAGS = 1 | 1 << 5;

    private static final int NAME = 255;
    private static final int BLOCK = 4096;

    private final MemorySegment buffer;

    /// Attributes of stat(2).
    ///
    /// @param mode type and permissions
    record Attributes(long node, long size, int mode, int uid, int gid) {}

    FuseReply(MemorySegment buffer) {
        this.buffer = buffer;
    }

    /// Success without a body.
    int done(long unique) {
        return header(unique, 0, 0);
    }

    int error(long unique, int errno) {
        return header(unique, -errno, 0);
    }

    /// Version 7.31, with features that every later version has.
    int init(long unique) {
        int size = header(unique, 0, 64);
        putInt(0, MAJOR);
        putInt(4, MINOR);
        putInt(12, MAX_PAGES | BIG_WRITES);
        putShort(16, 1); // max_background, congestion_threshold: one request after another
        putShort(18, 1);
        putInt(20, FuseRequest.MOST_BYTES);
        putInt(24, 1); // time_gran
        putShort(28, FuseRequest.MOST_BYTES / BLOCK); // max_pages
        return size;
    }

    int attributes(long unique, Attributes attributes) {
        int size = header(unique, 0, 16 + ATTRIBUTES);
        put(16, attributes);
        return size;
    }

    /// The node of a name, without a time for which the kernel may cache it.
    int entry(long unique, Attributes attributes) {
        int size = header(unique, 0, 40 + ATTRIBUTES);
        putLong(0, attributes.node());
        put(40, attributes);
        return size;
    }

    int created(long unique, Attributes attributes) {
        int size = header(unique, 0, 40 + ATTRIBUTES + 16);
        putLong(0, attributes.node());
        put(40, attributes);
        putInt(40 + ATTRIBUTES + 8, OPEN_FLAGS);
        return size;
    }

    int opened(long unique) {
        int size = header(unique, 0, 16);
        putInt(8, OPEN_FLAGS);
        return size;
    }

    int written(long unique, int bytes) {
        int size = header(unique, 0, 8);
        putInt(0, bytes);
        return size;
    }

    /// Bytes that are after the header already.
    int read(long unique, int bytes) {
        buffer.set(JAVA_INT, 0, HEADER + bytes);
        buffer.set(JAVA_INT, 4, 0);
        buffer.set(JAVA_LONG, 8, unique);
        return HEADER + bytes;
    }

    int status(long unique) {
        int size = header(unique, 0, 80); // struct fuse_kstatfs
        putInt(40, BLOCK);
        putInt(44, NAME);
        putInt(48, BLOCK);
        return size;
    }

    private int header(long unique, int error, int body) {
        int size = read(unique, body);
        buffer.set(JAVA_INT, 4, error);
        buffer.asSlice(HEADER, body).fill((byte) 0);
        return size;
    }

    private void put(int at, Attributes attributes) {
        putLong(at, attributes.node());
        putLong(at + 8, attributes.size());
        putLong(at + 16, (attributes.size() + 511) / 512); // blocks
        putInt(at + 60, attributes.mode());
        putInt(at + 64, 1); // nlink
        putInt(at + 68, attributes.uid());
        putInt(at + 72, attributes.gid());
        putInt(at + 80, BLOCK);
    }

    private void putShort(int at, int value) {
        buffer.set(JAVA_SHORT, HEADER + (long) at, (short) value);
    }

    private void putInt(int at, int value) {
        buffer.set(JAVA_INT, HEADER + (long) at, value);
    }

    private void putLong(int at, long value) {
        buffer.set(JAVA_LONG, HEADER + (long) at, value);
    }
}
