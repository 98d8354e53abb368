package dev.mvm.hostd.engine;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.mount.DetachedFuse;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/// A FUSE file system whose server lets one file be opened, and answers no other request; linux/fuse.h. Closing it ends
/// the connection, and those that wait for an answer go on.
final class SilentFuse implements AutoCloseable {
    private static final int LOOKUP = 1;
    private static final int GETATTR = 3;
    private static final int OPEN = 14;
    private static final int FLUSH = 25;
    private static final int INIT = 26;
    private static final int ENOSYS = 38;
    private static final int LONGEST = 1 << 17;
    private static final long ROOT = 1; // its node
    private static final int HEADER = 16; // struct fuse_out_header

    private final Fd device;
    private final Fd mount;
    private final WakeUp stop = new WakeUp();
    private final Thread server;

    /// Counted down when a request has come that is not answered.
    final CountDownLatch unanswered = new CountDownLatch(1);

    @SuppressWarnings("MustBeClosedChecker") // by close
    SilentFuse() throws IOException {
        device = Fd.open(Path.of("/dev/fuse"), OpenFlag.READ_WRITE);
        mount = DetachedFuse.mount(device, 0);
        server = Thread.ofPlatform().daemon().start(this::serve);
    }

    /// Opens the file.
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    Fd file() throws ErrnoException {
        try (var root = Directory.of(mount.duplicate())) {
            return root.openBeneath("file");
        }
    }

    private void serve() {
        try (var arena = Arena.ofConfined()) {
            var request = arena.allocate(LONGEST, Long.BYTES);
            while (!Poll.readable(List.of(device, stop.fd()), Deadline.never()).contains(stop.fd())) {
                int _ = device.read(request);
                switch (request.get(JAVA_INT, 4)) {
                    case INIT -> {
                        var version = arena.allocate(64, Long.BYTES);
                        version.set(JAVA_INT, 0, 7);
                        version.set(JAVA_INT, 4, 31);
                        answer(request, version);
                    }
                    case LOOKUP -> {
                        var entry = arena.allocate(128, Long.BYTES);
                        entry.set(JAVA_LONG, 0, 2); // its node
                        entry.set(JAVA_LONG, 40, 2); // its inode
                        entry.set(JAVA_INT, 100, 0100444); // its mode
                        entry.set(JAVA_INT, 104, 1);
                        answer(request, entry);
                    }
                    case OPEN -> answer(request, arena.allocate(16, Long.BYTES));
                    case GETATTR -> {
                        if (request.get(JAVA_LONG, 16) == ROOT) {
                            var attributes = arena.allocate(104, Long.BYTES);
                            attributes.set(JAVA_LONG, 16, ROOT);
                            attributes.set(JAVA_INT, 76, 0040555); // its mode
                            answer(request, attributes);
                        } else {
                            unanswered.countDown();
                        }
                    }
                    case FLUSH -> unanswered.countDown();
                    default -> refuse(request);
                }
            }
        } catch (ErrnoException e) {
            throw new AssertionError(e);
        }
    }

    private void refuse(MemorySegment request) throws ErrnoException {
        answer(request, MemorySegment.NULL, -ENOSYS);
    }

    private void answer(MemorySegment request, MemorySegment body) throws ErrnoException {
        answer(request, body, 0);
    }

    private void answer(MemorySegment request, MemorySegment body, int error) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var reply = arena.allocate(HEADER + body.byteSize(), Long.BYTES);
            reply.set(JAVA_INT, 0, (int) reply.byteSize());
            reply.set(JAVA_INT, 4, error);
            reply.set(JAVA_LONG, 8, request.get(JAVA_LONG, 8)); // which request it answers
            MemorySegment.copy(body, 0, reply, HEADER, body.byteSize());
            int _ = device.write(reply);
        }
    }

    /// Nobody may be reading the device then, or its last copy would not be closed.
    @Override
    public void close() throws ErrnoException {
        stop.signal();
        try {
            server.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        device.close();
        mount.close();
        stop.close();
    }
}
