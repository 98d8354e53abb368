package dev.mvm.linux.fd;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.linux.call.PerThread;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// getdents64(2): entries of `struct linux_dirent64`, each with its own length at offset 16 and its name at 19.
final class DirectoryEntries {
    private static final int D_RECLEN = 16;
    private static final int D_NAME = 19;

    private DirectoryEntries() {}

    static List<String> read(Fd directory, int most) throws ErrnoException {
        var names = new ArrayList<String>();
        var buffer = PerThread.transfer();
        while (true) {
            int filled = (int) SystemCall.GETDENTS64.call(directory.number(), buffer.address(), buffer.byteSize());
            if (filled == 0) {
                return names;
            }
            addNames(buffer.asSlice(0, filled), names);
            if (names.size() > most) {
                throw new ErrnoException("getdents64", Errno.EOVERFLOW, "more than " + most + " names");
            }
        }
    }

    private static void addNames(MemorySegment entries, List<String> names) {
        long at = 0;
        while (at < entries.byteSize()) {
            int length = Short.toUnsignedInt(entries.get(JAVA_SHORT, at + D_RECLEN));
            var name = entries.asSlice(at, length).getString(D_NAME, ISO_8859_1);
            if (!name.equals(".") && !name.equals("..")) {
                names.add(name);
            }
            at += length;
        }
    }
}
