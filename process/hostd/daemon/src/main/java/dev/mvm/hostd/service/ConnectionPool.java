package dev.mvm.hostd.service;

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

/// Connections to processes that the service manager starts, one for each, and that wait for a request. Most of what
/// the start of a process takes is done then. The processes end with hostd, whose end closes the connections.
@SuppressWarnings("MustBeClosedChecker") // what waits is closed when it is found dead, or by who takes it
public final class ConnectionPool {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LOOK = Duration.ofSeconds(10);

    private final String name;
    private final UnixAddress socket;
    private final int size;
    private final Consumer<String> log;
    private final WakeUp taken = new WakeUp();

    @GuardedBy("this")
    private final Deque<PacketSocket> waiting = new ArrayDeque<>();

    /// @param name of the processes, in the log
    /// @param size how many are kept waiting, 0 for none
    public ConnectionPool(String name, UnixAddress socket, int size, Consumer<String> log) throws ErrnoException {
        this.name = name;
        this.socket = socket;
        this.size = size;
        this.log = log;
        if (size > 0) {
            Thread.ofPlatform().name(name + " pool").daemon().start(this::keep);
        }
    }

    /// Returns a connection opened in advance, or else a new one.
    @MustBeClosed
    public PacketSocket take() throws ErrnoException {
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

    /// A process that waits says nothing: what can be read is a refusal, or its end.
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
                    var message = "no " + name + " waits: " + e.getMessage();
                    if (!message.equals(complaint)) {
                        log.accept(message);
                    }
                    complaint = message;
                }
                var _ = Poll.readable(taken.fd(), Deadline.in(LOOK));
                var _ = taken.clear();
            }
        } catch (ErrnoException e) {
            log.accept("opening connections to " + name + " in advance has failed: " + e.getMessage());
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
