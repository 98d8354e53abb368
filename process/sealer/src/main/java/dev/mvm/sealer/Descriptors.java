package dev.mvm.sealer;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus.Kind;
import dev.mvm.protocol.sealing.Job;
import dev.mvm.sealer.RefusedException.Code;
import java.util.List;

/// The descriptors of a request, each of the kind that its place in the order demands. They stay the packet's.
///
/// @param key a pipe with the tenant's key
/// @param vmm a pipe or a socket
record Descriptors(Fd key, Fd manifest, Fd memory, Fd vmstate, Fd vmm) {
    static final int COUNT = 5;

    // asm-generic/fcntl.h
    private static final int O_ACCMODE = 3;
    private static final int O_RDONLY = 0;
    private static final int O_WRONLY = 1;
    private static final int O_RDWR = 2;
    private static final int O_APPEND = 0x400;
    private static final int O_PATH = 0x20_0000;

    /// @throws RefusedException `bad_descriptor`
    static Descriptors check(List<Fd> given, Job job) throws RefusedException, ErrnoException {
        if (given.size() != COUNT) {
            throw bad(given.size() + " of " + COUNT);
        }
        var all = new Descriptors(given.get(0), given.get(1), given.get(2), given.get(3), given.get(4));
        boolean seals = job == Job.SEAL;
        if (kind(all.key) != Kind.FIFO || !allows(all.key, O_RDONLY)) {
            throw bad("key");
        }
        file("manifest", all.manifest, seals);
        file("memory", all.memory, seals);
        file("vmstate", all.vmstate, seals);
        boolean isPipe = kind(all.vmm) == Kind.FIFO && allows(all.vmm, seals ? O_RDONLY : O_WRONLY);
        if (!isPipe && kind(all.vmm) != Kind.SOCKET) {
            throw bad("vmm");
        }
        return all;
    }

    private static void file(String name, Fd fd, boolean written) throws RefusedException, ErrnoException {
        if (kind(fd) != Kind.REGULAR || !allows(fd, written ? O_WRONLY : O_RDONLY)) {
            throw bad(name);
        }
        if (written && fd.status().size() != 0) {
            throw bad(name + " is not empty");
        }
    }

    private static Kind kind(Fd fd) throws ErrnoException {
        return fd.status().kind();
    }

    private static boolean allows(Fd fd, int access) throws ErrnoException {
        int flags = fd.openFlags();
        int mode = flags & O_ACCMODE;
        return (flags & (O_PATH | O_APPEND)) == 0 && (mode == access || mode == O_RDWR);
    }

    private static RefusedException bad(String detail) {
        return new RefusedException(Code.BAD_DESCRIPTOR, detail);
    }
}
