package dev.mvm.sealer;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus;
import dev.mvm.linux.fd.FileStatus.Kind;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.TransferMode;
import dev.mvm.sealer.JobRefusedException.Code;
import dev.mvm.sealer.paging.memory.HandedPage;
import java.util.List;
import java.util.Optional;

/// The descriptors of a request, each of the kind that its position demands. They belong to the packet.
///
/// @param key secret memory with the instance's keys
/// @param vmm a pipe or a socket, or `/dev/fuse`, which [HostdChannel] takes over and gives back
/// @param faults the listening socket to which the VMM sends its userfaultfd; only for [TransferMode#PAGES]
/// @param workingSet the file of the guest's working set; not for a stream
record RequestDescriptors(
        Fd key, Fd manifest, Fd memory, Fd vmstate, Fd vmm, Optional<Fd> faults, Optional<Fd> workingSet) {
    static final int MOST = 7;

    private static final int COUNT = 5;
    private static final FileStatus.Device FUSE = new FileStatus.Device(10, 229); // FUSE_MINOR, linux/miscdevice.h

    // asm-generic/fcntl.h
    private static final int O_ACCMODE = 3;
    private static final int O_RDONLY = 0;
    private static final int O_WRONLY = 1;
    private static final int O_RDWR = 2;
    private static final int O_APPEND = 0x400;
    private static final int O_PATH = 0x20_0000;

    /// @throws JobRefusedException `bad_descriptor`
    static RequestDescriptors check(List<Fd> given, Job job, TransferMode way)
            throws JobRefusedException, ErrnoException {
        int count = COUNT + (way == TransferMode.PAGES ? 1 : 0) + (way == TransferMode.STREAM ? 0 : 1);
        if (given.size() != count) {
            throw bad(given.size() + " of " + count);
        }
        var faults = way == TransferMode.PAGES ? Optional.of(given.get(COUNT)) : Optional.<Fd>empty();
        var workingSet = way == TransferMode.STREAM ? Optional.<Fd>empty() : Optional.of(given.getLast());
        var all = new RequestDescriptors(
                given.get(0), given.get(1), given.get(2), given.get(3), given.get(4), faults, workingSet);
        boolean seals = job == Job.SEAL;
        keys(all.key);
        file("manifest", all.manifest, seals);
        file("memory", all.memory, seals);
        file("vmstate", all.vmstate, seals);
        if (workingSet.isPresent()) {
            file("working set", workingSet.get(), !seals);
        }
        if (!(way == TransferMode.STREAM ? isStream(all.vmm, seals) : isFuse(all.vmm))) {
            throw bad("vmm");
        }
        return all;
    }

    /// The descriptors of a [Job#REWRAP].
    ///
    /// @param key secret memory with the instance's keys from both of the tenant's
    /// @param fresh an empty file
    record Manifests(Fd key, Fd old, Fd fresh) {
        /// @throws JobRefusedException `bad_descriptor`
        static Manifests check(List<Fd> given) throws JobRefusedException, ErrnoException {
            if (given.size() != 3) {
                throw bad(given.size() + " of 3");
            }
            keys(given.getFirst());
            file("manifest", given.get(1), false);
            file("new manifest", given.getLast(), true);
            return new Manifests(given.getFirst(), given.get(1), given.getLast());
        }
    }

    private static boolean isStream(Fd vmm, boolean seals) throws ErrnoException {
        return switch (kind(vmm)) {
            case FIFO -> allows(vmm, seals ? O_RDONLY : O_WRONLY);
            case SOCKET -> isUnixStream(vmm);
            default -> false;
        };
    }

    private static boolean isUnixStream(Fd vmm) throws ErrnoException {
        try (var second = vmm.duplicate();
                var _ = UnixStream.own(second)) {
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EPROTOTYPE) {
                return false;
            }
            throw e;
        }
    }

    private static boolean isFuse(Fd vmm) throws ErrnoException {
        return kind(vmm) == Kind.CHARACTER_DEVICE
                && vmm.status().special().equals(FUSE)
                && (vmm.openFlags() & (O_PATH | O_ACCMODE)) == O_RDWR;
    }

    private static void file(String name, Fd fd, boolean written) throws JobRefusedException, ErrnoException {
        if (kind(fd) != Kind.REGULAR || !allows(fd, written ? O_WRONLY : O_RDONLY)) {
            throw bad(name);
        }
        if (written && fd.status().size() != 0) {
            throw bad(name + " is not empty");
        }
    }

    /// Memory of memfd_secret(2), whose length cannot change once it has one.
    private static void keys(Fd fd) throws JobRefusedException, ErrnoException {
        if (kind(fd) != Kind.REGULAR || fd.status().size() != HandedPage.SIZE || !HandedPage.isSecret(fd)) {
            throw bad("key");
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

    private static JobRefusedException bad(String detail) {
        return new JobRefusedException(Code.BAD_DESCRIPTOR, detail);
    }
}
