package dev.mvm.linux.fd;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.mvm.linux.call.PerThread;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Waits for descriptors; poll(2). A descriptor at its end or in error counts as ready: the next call on it will
/// not block and says what is the matter.
public final class Poll {
    /// Event to wait for: POLLIN or POLLOUT of poll.h.
    public enum Event {
        READABLE(1),
        WRITABLE(4);

        private final short bit;

        Event(int bit) {
            this.bit = (short) bit;
        }
    }

    // struct pollfd: int fd; short events; short revents
    private static final long SIZEOF_POLLFD = 8;
    private static final int EVENTS = 4;
    private static final int REVENTS = 6;

    private Poll() {}

    /// Waits until `fd` is ready.
    ///
    /// @throws ErrnoException ETIMEDOUT when the deadline passes first
    public static void await(Fd fd, Event event, Deadline deadline) throws ErrnoException {
        var entry = PerThread.pollfd();
        fill(entry, 0, fd, event);
        if (!poll(entry, 1, deadline)) {
            throw new ErrnoException("poll", Errno.ETIMEDOUT);
        }
    }

    /// Returns whether `fd` became readable before the deadline.
    public static boolean readable(Fd fd, Deadline deadline) throws ErrnoException {
        var entry = PerThread.pollfd();
        fill(entry, 0, fd, Event.READABLE);
        return poll(entry, 1, deadline);
    }

    /// Waits until at least one of `fds` is readable.
    ///
    /// @return those that are, in their order; none when the deadline passes first
    public static List<Fd> readable(List<Fd> fds, Deadline deadline) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var entries = arena.allocate(SIZEOF_POLLFD * fds.size(), SIZEOF_POLLFD);
            for (int i = 0; i < fds.size(); i++) {
                fill(entries, i * SIZEOF_POLLFD, fds.get(i), Event.READABLE);
            }
            var ready = new ArrayList<Fd>();
            if (poll(entries, fds.size(), deadline)) {
                for (int i = 0; i < fds.size(); i++) {
                    if (entries.get(JAVA_SHORT, i * SIZEOF_POLLFD + REVENTS) != 0) {
                        ready.add(fds.get(i));
                    }
                }
            }
            return ready;
        }
    }

    private static void fill(MemorySegment entries, long at, Fd fd, Event event) {
        entries.set(JAVA_INT, at, fd.number());
        entries.set(JAVA_SHORT, at + EVENTS, event.bit);
        entries.set(JAVA_SHORT, at + REVENTS, (short) 0);
    }

    private static boolean poll(MemorySegment entries, int count, Deadline deadline) throws ErrnoException {
        while (true) {
            long ready = SystemCall.POLL.attempt(entries.address(), count, deadline.millisLeft(), 0, 0, 0);
            if (ready > 0) {
                return true;
            }
            if (ready < 0 && ready != -Errno.EINTR) {
                throw SystemCall.POLL.failure(ready);
            }
            if (deadline.isPassed()) {
                return false;
            }
        }
    }
}
