package dev.mvm.linux.fd;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Whole files below a directory.
final class Contents {
    private Contents() {}

    static byte[] read(Directory directory, String path, int most) throws ErrnoException {
        // non-blocking, or a FIFO put in the file's place would hold the caller up
        try (var file = directory.openBeneath(path, OpenFlag.NON_BLOCKING);
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
            return memory.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    static void replace(Directory directory, String name, byte[] content, int mode) throws ErrnoException {
        var fresh = "." + name + ".new";
        directory.remove(fresh); // left by a crash on the way
        try {
            writeSynced(directory, fresh, content, mode);
            directory.rename(fresh, name);
        } catch (ErrnoException e) {
            try {
                directory.remove(fresh);
            } catch (ErrnoException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        directory.sync();
    }

    private static void writeSynced(Directory directory, String name, byte[] content, int mode) throws ErrnoException {
        try (var file = directory.createBeneath(name, mode, OpenFlag.WRITE_ONLY);
                var arena = Arena.ofConfined()) {
            writeAll(file, arena.allocateFrom(ValueLayout.JAVA_BYTE, content));
            file.sync();
        }
    }

    private static void writeAll(Fd file, MemorySegment memory) throws ErrnoException {
        long done = 0;
        while (done < memory.byteSize()) {
            done += file.write(memory.asSlice(done));
        }
    }
}
