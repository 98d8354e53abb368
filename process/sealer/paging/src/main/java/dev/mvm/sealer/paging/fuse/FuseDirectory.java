package dev.mvm.sealer.paging.fuse;

import dev.mvm.linux.errno.Errno;
import dev.mvm.sealer.paging.PagingException;
import dev.mvm.sealer.paging.PagingReason;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The directory and its operations. A VMM that asks for more gets an error, as from any file system; only a
/// request that no kernel sends is an exception.
///
/// A mount may have been served before: then there is no `Init`, and files that the VMM has open from that time are
/// stale (ESTALE).
final class FuseDirectory {
    // linux/stat.h, asm-generic/fcntl.h
    private static final int S_IFDIR = 0040_000;
    private static final int S_IFREG = 0100_000;
    private static final int O_ACCMODE = 3;
    private static final int O_RDONLY = 0;
    private static final int O_WRONLY = 1;
    private static final int O_APPEND = 02000;

    // linux/fuse.h
    private static final long ROOT = 1; // FUSE_ROOT_ID
    private static final int FATTR_SIZE = 1 << 3;
    private static final int FATTR_FH = 1 << 6;
    private static final int FATTR_LOCKOWNER = 1 << 9;
    private static final int WRITE_CACHE = 1; // FUSE_WRITE_CACHE: from a page cache, which the files do not use
    private static final int MAJOR = 7;
    private static final int LEAST_MINOR = 31;

    // asm-generic/errno-base.h
    private static final int EIO = 5;
    private static final int EACCES = 13;
    private static final int EROFS = 30;
    private static final int ESTALE = 116; // asm-generic/errno.h

    private final Map<FuseFile, FuseEntry> entries = new EnumMap<>(FuseFile.class);
    private final Owner owner;
    private final long firstNode;
    private final FileContents contents;
    private boolean begun;
    private boolean refusing;
    private int open; // number of open files
    private @Nullable IOException failure;

    /// Owner of the files. With the mount option `default_permissions` no other user reaches them.
    record Owner(int uid, int gid) {}

    /// @param firstNode first of the nodes of the files: 2 or more, and never used for the same mount before
    FuseDirectory(Owner owner, long firstNode, FileContents contents) {
        this.owner = owner;
        this.firstNode = firstNode;
        this.contents = contents;
    }

    /// Adds a file that the VMM may create and write, once, up to `most` bytes.
    FuseDirectory writable(FuseFile file, long most) {
        entries.put(file, new FuseEntry(true, most));
        return this;
    }

    /// Adds a file of `size` bytes to be read.
    FuseDirectory readable(FuseFile file, long size) {
        entries.put(file, new FuseEntry(false, size));
        return this;
    }

    /// Length of a file so far; 0 if it does not exist.
    long size(FuseFile file) {
        var entry = entries.get(file);
        return entry == null ? 0 : entry.size;
    }

    /// Lets every later request of the VMM fail (EIO).
    void refuse() {
        refusing = true;
    }

    /// Returns whether the VMM has a file open.
    boolean isOpen() {
        return open > 0;
    }

    /// Throws the exception of the contents, if there was one.
    void rethrow() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    /// Answers the request in the first `size` bytes of `buffer`, and puts the answer in its place.
    ///
    /// @return length of the answer; 0 if none is expected
    /// @throws PagingException `request`
    int answer(MemorySegment buffer, int size) throws PagingException {
        var numbered = FuseRequest.decode(buffer, size);
        long unique = numbered.unique();
        if (begun && numbered.request() instanceof FuseRequest.Init) {
            throw new PagingException(PagingReason.REQUEST, "a second Init");
        }
        begun |= !(numbered.request() instanceof FuseRequest.Init); // Init counts once its version is checked
        var reply = new FuseReply(buffer);
        if (numbered.request() instanceof FuseRequest.OfNode && (refusing || isStale(numbered.node()))) {
            return reply.error(unique, refusing ? EIO : ESTALE);
        }
        return switch (numbered.request()) {
            case FuseRequest.Init init -> greet(init, reply, unique);
            case FuseRequest.Forget() -> 0;
            case FuseRequest.Nothing() -> reply.done(unique);
            case FuseRequest.Release() -> release(numbered.node(), reply, unique);
            case FuseRequest.FileSystemStatus() -> reply.status(unique);
            case FuseRequest.Unknown() -> reply.error(unique, Errno.ENOSYS);
            case FuseRequest.GetAttributes() -> attributes(numbered.node(), reply, unique);
            case FuseRequest.Lookup(var name) -> lookup(numbered.node(), name, reply, unique);
            case FuseRequest.Create create -> create(numbered.node(), create, reply, unique);
            case FuseRequest.SetAttributes set -> change(numbered.node(), set, reply, unique);
            case FuseRequest.Open(var flags) -> open(numbered.node(), flags, reply, unique);
            case FuseRequest.Write write -> write(numbered.node(), write, buffer, reply, unique);
            case FuseRequest.Read read -> read(numbered.node(), read, buffer, reply, unique);
        };
    }

    private int greet(FuseRequest.Init init, FuseReply reply, long unique) throws PagingException {
        if (init.major() != MAJOR || init.minor() < LEAST_MINOR) {
            throw new PagingException(PagingReason.REQUEST, "version " + init.major() + "." + init.minor());
        }
        begun = true;
        return reply.init(unique);
    }

    private int release(long node, FuseReply reply, long unique) {
        if (open > 0 && !isStale(node)) {
            open--;
        }
        return reply.done(unique);
    }

    private int attributes(long node, FuseReply reply, long unique) {
        if (node == ROOT) {
            return reply.attributes(unique, new FuseReply.Attributes(ROOT, 0, S_IFDIR | 0700, owner.uid, owner.gid));
        }
        var file = file(node).filter(this::exists);
        return file.isEmpty() ? reply.error(unique, Errno.ENOENT) : reply.attributes(unique, of(file.get()));
    }

    private int lookup(long node, String name, FuseReply reply, long unique) {
        var file = FuseFile.named(name).filter(found -> node == ROOT && exists(found));
        return file.isEmpty() ? reply.error(unique, Errno.ENOENT) : reply.entry(unique, of(file.get()));
    }

    private int create(long node, FuseRequest.Create create, FuseReply reply, long unique) {
        var file = FuseFile.named(create.name()).filter(found -> node == ROOT && isWritable(found));
        if (file.isEmpty()) {
            return reply.error(unique, EROFS);
        }
        var entry = entry(file.get());
        if (!mayOpen(entry, create.flags())) {
            return reply.error(unique, EACCES);
        }
        entry.exists = true;
        open++;
        return reply.created(unique, of(file.get()));
    }

    private int open(long node, int flags, FuseReply reply, long unique) {
        var file = file(node).filter(this::exists);
        if (file.isEmpty()) {
            return reply.error(unique, Errno.ENOENT);
        }
        if (!mayOpen(entry(file.get()), flags)) {
            return reply.error(unique, EACCES);
        }
        open++;
        return reply.opened(unique);
    }

    /// Returns whether the access is allowed: a file is either written or read.
    private static boolean mayOpen(FuseEntry entry, int flags) {
        return (flags & O_ACCMODE) == (entry.writable ? O_WRONLY : O_RDONLY) && (flags & O_APPEND) == 0;
    }

    /// Changes the length of a file, but not to less than was written.
    private int change(long node, FuseRequest.SetAttributes set, FuseReply reply, long unique) {
        var file = file(node).filter(this::exists);
        if (file.isEmpty()) {
            return reply.error(unique, Errno.ENOENT);
        }
        var entry = entry(file.get());
        if ((set.valid() & ~(FATTR_SIZE | FATTR_FH | FATTR_LOCKOWNER)) != 0
                || !entry.writable
                || (set.size() < entry.written && (set.valid() & FATTR_SIZE) != 0)) {
            return reply.error(unique, Errno.EPERM);
        }
        if ((set.valid() & FATTR_SIZE) != 0) {
            if (set.size() > entry.most) {
                return reply.error(unique, Errno.EFBIG);
            }
            entry.size = set.size();
        }
        return reply.attributes(unique, of(file.get()));
    }

    private int write(long node, FuseRequest.Write write, MemorySegment buffer, FuseReply reply, long unique) {
        var file = file(node).filter(found -> exists(found) && isWritable(found));
        if (file.isEmpty() || (write.flags() & WRITE_CACHE) != 0) {
            return reply.error(unique, Errno.EBADF);
        }
        var entry = entry(file.get());
        if (write.offset() < 0 || write.offset() > entry.most - write.size()) {
            return reply.error(unique, Errno.EFBIG);
        }
        try {
            contents.write(file.get(), write.offset(), buffer.asSlice(FuseRequest.Write.BYTES_AT, write.size()));
        } catch (IOException e) {
            failure = e;
            return reply.error(unique, EIO);
        }
        long end = write.offset() + write.size();
        entry.written = Math.max(entry.written, end);
        entry.size = Math.max(entry.size, end);
        return reply.written(unique, write.size());
    }

    private int read(long node, FuseRequest.Read read, MemorySegment buffer, FuseReply reply, long unique) {
        var file = file(node).filter(found -> exists(found) && !isWritable(found));
        if (file.isEmpty() || read.offset() < 0) {
            return reply.error(unique, Errno.EBADF);
        }
        long left = entry(file.get()).size - read.offset();
        int some = (int) Math.min(Math.min(read.size(), FuseRequest.MOST_BYTES), Math.max(0, left));
        if (some > 0) {
            try {
                contents.read(file.get(), read.offset(), buffer.asSlice(FuseReply.HEADER, some));
            } catch (IOException e) {
                failure = e;
                return reply.error(unique, EIO);
            }
        }
        return reply.read(unique, some);
    }

    private boolean isStale(long node) {
        return node != ROOT && file(node).isEmpty();
    }

    private Optional<FuseFile> file(long node) {
        for (var file : FuseFile.values()) {
            if (node(file) == node) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    private long node(FuseFile file) {
        return firstNode + file.number();
    }

    private boolean exists(FuseFile file) {
        return Optional.ofNullable(entries.get(file))
                .filter(entry -> entry.exists)
                .isPresent();
    }

    private boolean isWritable(FuseFile file) {
        return Optional.ofNullable(entries.get(file))
                .filter(entry -> entry.writable)
                .isPresent();
    }

    private FuseEntry entry(FuseFile file) {
        return Optional.ofNullable(entries.get(file)).orElseThrow();
    }

    private FuseReply.Attributes of(FuseFile file) {
        var entry = entry(file);
        int mode = S_IFREG | (entry.writable ? 0200 : 0400);
        return new FuseReply.Attributes(node(file), entry.size, mode, owner.uid, owner.gid);
    }
}
