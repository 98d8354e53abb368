package dev.mvm.linux.fd;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.CString;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;

/// An open directory. Files are opened from it, never by a path that is walked again: what lies below may belong to
/// someone hostile, so nothing here follows a symbolic link or leaves the directory; openat2(2), RESOLVE_BENEATH.
///
/// A *path* is relative and may have several segments; a *name* is one segment. Both are bytes, one a character:
/// what is ASCII is itself, and every other name of the kernel's has exactly one spelling.
public final class Directory implements AutoCloseable {

    private final Fd fd;

    private Directory(long number) {
        this.fd = Fd.own(number);
    }

    /// Opens a directory by a path that comes from our own configuration; symbolic links are followed.
    @MustBeClosed
    public static Directory open(Path path) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            return new Directory(OpenAt2.open(
                    arena,
                    OpenAt2.AT_FDCWD,
                    CString.of(arena, path.toString()),
                    OpenAt2.O_DIRECTORY,
                    0,
                    OpenAt2.TRUSTED));
        }
    }

    /// Opens the directory that `handle` stands for, which may be an O_PATH handle or a detached mount. The handle
    /// stays its owner's. Unlike a handle the new descriptor can be listed, synced, and kept by the
    /// service manager.
    @MustBeClosed
    public static Directory of(Fd handle) throws ErrnoException {
        return new Directory(itself(handle));
    }

    /// Opens an existing file. A symbolic link anywhere in `path` is ELOOP, a way out EXDEV.
    @MustBeClosed
    public Fd openBeneath(String path, OpenFlag... flags) throws ErrnoException {
        return Fd.own(beneath(path, OpenFlag.bits(flags), 0));
    }

    /// Creates a file and opens it; EEXIST if there is anything of that name.
    ///
    /// @param mode permissions, these whatever the umask
    @MustBeClosed
    public Fd createBeneath(String path, int mode, OpenFlag... flags) throws ErrnoException {
        try (var made = Fd.own(beneath(path, OpenFlag.bits(flags) | OpenAt2.O_CREAT | OpenAt2.O_EXCL, mode))) {
            var _ = SystemCall.FCHMOD.call(made.number(), mode);
            return made.move();
        }
    }

    /// Opens a directory below this one.
    @MustBeClosed
    public Directory directoryBeneath(String path) throws ErrnoException {
        return new Directory(beneath(path, OpenAt2.O_DIRECTORY, 0));
    }

    private long beneath(String path, int flags, int mode) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            return OpenAt2.open(arena, fd.number(), CString.ofBytes(arena, path), flags, mode, OpenAt2.CONFINED);
        }
    }

    /// Makes a directory; mkdir(2).
    public void makeDirectory(String name, int mode) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var _ = SystemCall.MKDIRAT.call(
                    fd.number(), CString.ofBytes(arena, segment(name)).address(), mode);
        }
    }

    /// Removes anything that is not a directory, if it is there; unlink(2).
    public void remove(String name) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var path = CString.ofBytes(arena, segment(name));
            long result = SystemCall.UNLINKAT.attempt(fd.number(), path.address(), 0, 0, 0, 0);
            if (result < 0 && result != -Errno.ENOENT) {
                throw SystemCall.UNLINKAT.failure(result);
            }
        }
    }

    /// The whole of a small regular file.
    ///
    /// @param most its greatest size in bytes; a larger file is EFBIG, anything but a regular file EINVAL
    public byte[] read(String path, int most) throws ErrnoException {
        // non-blocking, or a FIFO put in the file's place would hold the caller up
        try (var file = openBeneath(path, OpenFlag.NON_BLOCKING);
                var arena = Arena.ofConfined()) {
            if (file.status().kind() != FileStatus.Kind.REGULAR) {
                throw new ErrnoException("read", Errno.EINVAL, "not a regular file");
            }
            var memory = arena.allocate(most + 1L);
            long size = 0;
            int more;
            do {
                more = file.read(memory.asSlice(size)); // files in /proc and /sys tell no size beforehand
                size += more;
            } while (more > 0 && size <= most);
            if (size > most) {
                throw new ErrnoException("read", Errno.EFBIG, "more than " + most + " bytes");
            }
            return memory.asSlice(0, size).toArray(JAVA_BYTE);
        }
    }

    /// Puts `content` under `name` such that after a crash there is either all of the old or all of the new, and
    /// returns when it is on stable storage. One writer at a time; `.NAME.new` is used on the way.
    ///
    /// @param mode permissions, reduced by the umask
    public void replace(String name, byte[] content, int mode) throws ErrnoException {
        var fresh = "." + segment(name) + ".new";
        remove(fresh); // left by a crash on the way
        try {
            writeSynced(fresh, content, mode);
            rename(fresh, name);
        } catch (ErrnoException e) {
            try {
                remove(fresh);
            } catch (ErrnoException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        sync();
    }

    private void writeSynced(String name, byte[] content, int mode) throws ErrnoException {
        try (var file = createBeneath(name, mode, OpenFlag.WRITE_ONLY);
                var arena = Arena.ofConfined()) {
            file.writeAll(arena.allocateFrom(JAVA_BYTE, content));
            file.sync();
        }
    }

    /// Renames within this directory, over whatever file had that name; rename(2).
    public void rename(String from, String to) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            long old = CString.ofBytes(arena, segment(from)).address();
            long fresh = CString.ofBytes(arena, segment(to)).address();
            var _ = SystemCall.RENAMEAT.call(fd.number(), old, fd.number(), fresh);
        }
    }

    /// The names in this directory, in no order, without `.` and `..`; getdents64(2).
    ///
    /// @param most how many there may be; more are EOVERFLOW, for a hostile directory may hold any number
    public List<String> names(int most) throws ErrnoException {
        try (var fresh = Fd.own(itself(fd))) { // a position of its own
            return DirectoryEntries.read(fresh, most);
        }
    }

    /// Waits until the names in it are on stable storage; fsync(2).
    public void sync() throws ErrnoException {
        fd.sync();
    }

    /// The descriptor, for passing on; it stays this directory's.
    public Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }

    private static long itself(Fd handle) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            return OpenAt2.open(
                    arena, handle.number(), arena.allocateFrom("."), OpenAt2.O_DIRECTORY, 0, OpenAt2.CONFINED);
        }
    }

    /// These calls resolve links on the way, so they get no way: one segment only.
    private static String segment(String name) {
        if (name.isEmpty() || name.indexOf('/') >= 0 || name.equals(".") || name.equals("..")) {
            throw new IllegalArgumentException("not a single name in a directory");
        }
        return name;
    }
}
