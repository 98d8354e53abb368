package dev.mvm.sealer.paging.fuse;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.sealer.paging.PagingException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;

/// A directory that a VMM reaches through the kernel, and whose only two files end in [FileContents]; fuse(4), and the
/// protocol of linux/fuse.h from version 7.31 (Linux 5.4) on. Somebody else has opened `/dev/fuse` and made the mount
/// of it, with `allow_other` and `rootmode` of a directory.
///
/// At sleep the VMM creates both files and writes them; at wake there is only `vmstate`, to be read. Firecracker does
/// no more than that: its `memory` comes by userfaultfd.
///
/// A mount can be served by several of these, one after another, also in different processes. While nobody
/// serves, whoever asks waits in the kernel. When the last descriptor of `/dev/fuse` is closed, whoever is in a
/// call gets an error (ECONNABORTED), and so does every later call (ENOTCONN).
///
/// One thread serves, with one buffer of a little more than one MiB, which is wiped in the end.
public final class FuseConnection implements AutoCloseable {
    private static final int F_GETFL = 3; // asm-generic/fcntl.h
    private static final int F_SETFL = 4;
    private static final int O_NONBLOCK = 0x800;
    private static final int ECONNABORTED = 103; // asm-generic/errno.h
    private static final Duration QUIET = Duration.ofMillis(50);
    private static final Duration MOST = Duration.ofSeconds(1);
    private static final int BUFFER = FuseRequest.Write.BYTES_AT + FuseRequest.MOST_BYTES;

    private final Fd device;
    private final FuseDirectory directory;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(BUFFER, Long.BYTES);

    /// How a conversation ended that did not fail.
    public enum End {
        /// By our own side.
        STOPPED,
        /// Nobody has the directory any more.
        UNMOUNTED
    }

    private FuseConnection(Fd device, FuseDirectory directory) throws ErrnoException {
        int flags = (int) SystemCall.FCNTL.call(device.number(), F_GETFL);
        // a request can be taken back between poll and read, which would then wait for the next
        var _ = SystemCall.FCNTL.call(device.number(), F_SETFL, flags | O_NONBLOCK);
        this.device = device;
        this.directory = directory;
    }

    /// A directory in which the VMM creates both files and writes them. What it has written it cannot read.
    ///
    /// @param device `/dev/fuse`, of which the mount is made; stays its owner's
    /// @param memoryBytes how long `memory` may become
    /// @param vmstateBytes how long `vmstate` may become
    /// @param uid whose the files are, in the user namespace of the mount
    /// @param gid whose group's they are, with no rights
    @MustBeClosed
    public static FuseConnection writing(
            Fd device, long memoryBytes, long vmstateBytes, int uid, int gid, FileContents contents)
            throws ErrnoException {
        var directory = directory(uid, gid, contents)
                .writable(FuseFile.MEMORY, size(memoryBytes))
                .writable(FuseFile.VMSTATE, size(vmstateBytes));
        return new FuseConnection(device, directory);
    }

    /// A directory in which there is `vmstate`, to be read.
    ///
    /// @param vmstateBytes how long it is
    @MustBeClosed
    public static FuseConnection reading(Fd device, long vmstateBytes, int uid, int gid, FileContents contents)
            throws ErrnoException {
        var directory = directory(uid, gid, contents).readable(FuseFile.VMSTATE, size(vmstateBytes));
        return new FuseConnection(device, directory);
    }

    /// Time since the machine started goes on while a mount lasts: no two have the same nodes.
    private static FuseDirectory directory(int uid, int gid, FileContents contents) {
        long firstNode = 2 * System.nanoTime();
        return new FuseDirectory(new FuseDirectory.Owner(uid, gid), firstNode, contents);
    }

    private static long size(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("not a size: " + bytes);
        }
        return bytes;
    }

    /// Answers until `stop` is signalled or nobody can ask any more. Whatever ends it, nobody answers after that, and
    /// the kernel lets nobody out of a call who has asked: [#drain] or [#breakOff] comes next.
    ///
    /// @throws PagingException `request`
    /// @throws IOException also what the contents have thrown, after the VMM has been told of an I/O error
    public End serve(WakeUp stop) throws IOException {
        while (true) {
            if (Poll.readable(List.of(device, stop.fd()), Deadline.never()).contains(stop.fd())) {
                return End.STOPPED;
            }
            if (!answerOne()) {
                return End.UNMOUNTED;
            }
            directory.rethrow();
        }
    }

    /// After the VMM has done what it had to: answers what is asked already, which is refused (EIO). What is
    /// asked later is for whoever serves next.
    ///
    /// @throws PagingException `request`
    public void drain() throws IOException {
        refuse(Duration.ZERO);
    }

    /// Where the VMM has not done all: whatever it asks is refused (EIO), until it has closed its files and asks
    /// nothing more for 50 ms; at most for a second.
    ///
    /// @throws PagingException `request`
    public void breakOff() throws IOException {
        refuse(QUIET);
    }

    private void refuse(Duration quiet) throws IOException {
        directory.refuse();
        var end = Deadline.in(MOST); // a VMM can ask for ever
        while (!end.isPassed()) {
            if (Poll.readable(device, Deadline.in(quiet))) {
                if (!answerOne()) {
                    return;
                }
            } else if (quiet.isZero() || !directory.isOpen()) {
                return;
            }
        }
    }

    /// @return whether there can be more
    private boolean answerOne() throws IOException {
        long size = SystemCall.READ.attempt(device.number(), buffer, 0);
        if (size == -Errno.ENODEV || size == -ECONNABORTED) {
            return false;
        }
        if (size >= 0) {
            answer((int) size);
        } else if (size != -Errno.EAGAIN && size != -Errno.EINTR && size != -Errno.ENOENT) {
            throw SystemCall.READ.failure(size); // ENOENT: the request was taken back while it was read
        }
        return true;
    }

    private void answer(int size) throws IOException {
        int length = directory.answer(buffer, size);
        if (length > 0) {
            long result = SystemCall.WRITE.attempt(device.number(), buffer.asSlice(0, length), 0);
            if (result < 0 && result != -Errno.ENOENT && result != -Errno.ENODEV) { // nobody waits for it any more
                throw SystemCall.WRITE.failure(result);
            }
        }
    }

    /// How long a file is by what the VMM has written and said, in bytes; 0 if it is not there. For the thread that
    /// serves, or once that has ended.
    public long size(FuseFile file) {
        return directory.size(file);
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            buffer.fill((byte) 0);
            arena.close();
        }
    }
}
