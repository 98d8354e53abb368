package dev.mvm.hostd.machine;

import com.google.errorprone.annotations.MustBeClosed;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.UnixAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Consumer;

/// Connections to launchers that wait for a request. Most of what a launch takes is the service manager's work,
/// which is done then. The launchers end with hostd, whose end closes the connections.
@SuppressWarnings("MustBeClosedChecker") // what waits is closed when it is found dead, or by who takes it
final class LaunchPool {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LOOK = Duration.ofSeconds(10);

    private final UnixAddress socket;
    private final int size;
    private final Consumer<String> log;
    private final WakeUp taken = new WakeUp();

    @GuardedBy("this")
    private final Deque<PacketSocket> waiting = new ArrayDeque<>();

    /// @param size how many are kept waiting, 0 for none
    LaunchPool(UnixAddress socket, int size, Consumer<String> log) throws ErrnoException {
        this.socket = socket;
        this.size = size;
        this.log = log;
        if (size > 0) {
            Thread.ofPlatform().name("launch pool").daemon().start(this::keep);
        }
    }

    /// One that waits, or else a new one.
    @MustBeClosed
    PacketSocket take() throws ErrnoException {
        var ready = waiting();
        taken.signal();
        return ready.isPresent() ? ready.get() : connected();
    }

    private PacketSocket connected() throws ErrnoException {
        return PacketSocket.connect(socket, Deadline.in(PATIENCE));
    }

    private synchronized Optional<PacketSocket> waiting() throws ErrnoException {
        removeDead();
        return Optional.ofNullable(waiting.poll());
    }

    /// A launcher that waits says nothing: what can be read is a refusal, or its end.
    @GuardedBy("this")
    private void removeDead() throws ErrnoException {
        for (var it = waiting.iterator(); it.hasNext(); ) {
            var connection = it.next();
            if (Poll.readable(connection.fd(), Deadline.now())) {
                it.remove();
                connection.close();
            }
        }
    }

    private void keep() {
        var complaint = "";
        try {
            while (true) {
                try {
                    fill();
                    complaint = "";
                } catch (ErrnoException e) {
                    var message = "no launcher waits: " + e.getMessage();
                    if (!message.equals(complaint)) {
                        log.accept(message);
                    }
                    complaint = message;
                }
                var _ = Poll.readable(taken.fd(), Deadline.in(LOOK));
                var _ = taken.clear();
            }
        } catch (ErrnoException e) {
            log.accept("launchers are not made to wait any more: " + e.getMessage());
        }
    }

    private void fill() throws ErrnoException {
        while (missing()) {
            var connection = connected();
            synchronized (this) {
                waiting.add(connection);
            }
        }
    }

    private synchronized boolean missing() throws ErrnoException {
        removeDead();
        return waiting.size() < size;
    }
}
