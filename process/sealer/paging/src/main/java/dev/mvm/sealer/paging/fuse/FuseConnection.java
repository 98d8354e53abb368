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

/// Serves a directory that a VMM reaches through the kernel, with two files whose contents are in [FileContents];
/// fuse(4), and the protocol of linux/fuse.h from version 7.31 (Linux 5.4) on. The caller has opened `/dev/fuse`
/// and mounted it with `allow_other` and `rootmode` of a directory.
///
/// At sleep the VMM creates and writes both files; at wake it only reads `vmstate`. Firecracker does no more than
/// that: its `memory` comes by userfaultfd.
///
/// Several connections can serve a mount one after another, also in different processes. While none serves,
/// callers wait in the kernel. When the last descriptor of `/dev/fuse` is closed, calls under way fail
/// (ECONNABORTED), and so does every later call (ENOTCONN).
///
/// One thread serves, with one buffer of a little more than one MiB, which [#close] wipes.
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

    /// End of an exchange without a failure.
    public enum End {
        /// The caller signalled `stop`.
        STOPPED,
        /// The directory is unmounted, and no descriptor of it is open.
        UNMOUNTED
    }

    private FuseConnection(Fd device, FuseDirectory directory) throws ErrnoException {
        int flags = (int) SystemCall.FCNTL.call(device.number(), F_GETFL);
        // a request can be taken back between poll and read, which would then wait for the next
        var _ = SystemCall.FCNTL.call(device.number(), F_SETFL, flags | O_NONBLOCK);
        this.device = device;
        this.directory = directory;
    }

    /// A directory in which the VMM creates and writes both files. It cannot read them.
    ///
    /// @param device `/dev/fuse`, of which the mount is made; stays its owner's
    /// @param memoryBytes greatest length of `memory`
    /// @param vmstateBytes greatest length of `vmstate`
    /// @param uid owner of the files in the user namespace of the mount
    /// @param gid group of the files, which has no rights
    @MustBeClosed
    public static FuseConnection writing(
            Fd device, long memoryBytes, long vmstateBytes, int uid, int gid, FileContents contents)
            throws ErrnoException {
        var directory = directory(uid, gid, contents)
                .writable(FuseFile.MEMORY, size(memoryBytes))
                .writable(FuseFile.VMSTATE, size(vmstateBytes));
        return new FuseConnection(device, directory);
    }

    /// A directory that has `vmstate`, to be read.
    ///
    /// @param vmstateBytes length of `vmstate`
    @MustBeClosed
    public static FuseConnection reading(Fd device, long vmstateBytes, int uid, int gid, FileContents contents)
            throws ErrnoException {
        var directory = directory(uid, gid, contents).readable(FuseFile.VMSTATE, size(vmstateBytes));
        return new FuseConnection(device, directory);
    }

    /// The nodes come from the time since the machine started, so that no two connections of a mount have the same.
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

    /// Answers until `stop` is signalled or the directory is unmounted. After that nothing is answered, and a
    /// caller that waits for an answer stays in the kernel: [#drain] or [#breakOff] must follow.
    ///
    /// @throws PagingException `request`
    /// @throws IOException also that of the contents, after the VMM got an I/O error
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

    /// For a VMM that has finished: refuses the requests that have arrived (EIO). Later requests are left to the
    /// next connection.
    ///
    /// @throws PagingException `request`
    public void drain() throws IOException {
        refuse(Duration.ZERO);
    }

    /// For a VMM that has not finished: refuses all requests (EIO) until the VMM has closed its files and sends
    /// none for 50 ms; at most for a second.
    ///
    /// @throws PagingException `request`
    public void breakOff() throws IOException {
        refuse(QUIET);
    }

    private void refuse(Duration quiet) throws IOException {
        directory.refuse();
        var end = Deadline.in(MOST); // a VMM can send requests for ever
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

    /// @return whether a further request is possible
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
            if (result < 0 && result != -Errno.ENOENT && result != -Errno.ENODEV) { // the caller has gone
                throw SystemCall.WRITE.failure(result);
            }
        }
    }

    /// Length of a file in bytes, as the VMM has written or set it; 0 if the file does not exist. For the thread
    /// that serves, or after its end.
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
