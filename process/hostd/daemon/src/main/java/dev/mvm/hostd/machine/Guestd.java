package dev.mvm.hostd.machine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.socket.Packet;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guestd.GuestCall;
import dev.mvm.protocol.guestd.GuestdRequests;
import dev.mvm.protocol.guestd.Report;
import dev.mvm.protocol.guestd.Report.Word;
import dev.mvm.protocol.guestd.SessionTransport;
import dev.mvm.protocol.guestd.VmmCommand;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/// A connection to a guestd, the process without privilege that reads what one tenant's guests say. Its word counts
/// for those guests alone, it cannot make anyone wait for long, and what it floods hostd with is taken slowly.
final class Guestd {
    /// A guestd that does not take a packet in this time is given up.
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /// Between two reports: what a flood of them may cost.
    private static final long PACE_NANOS = 2_000_000;

    private final PacketSocket socket;
    private final Consumer<String> log;

    /// Held by who sends, so that the number of the descriptor is not another's while they do.
    private final ReadWriteLock use = new ReentrantReadWriteLock();

    @GuardedBy("this")
    private final Map<Long, Consumer<Report.Word>> sessions = new HashMap<>();

    @GuardedBy("this")
    private final Map<Long, CompletableFuture<Report.Word>> calls = new HashMap<>();

    /// The last number that was given to a session or a call.
    @GuardedBy("this")
    private long last;

    @GuardedBy("this")
    private boolean gone;

    private Guestd(PacketSocket socket, Consumer<String> log) {
        this.socket = socket;
        this.log = log;
    }

    /// Connects, which makes the service manager start one.
    @SuppressWarnings("MustBeClosedChecker") // the thread that reads closes it
    static Guestd start(UnixAddress socket, Consumer<String> log) throws ErrnoException {
        var guestd = new Guestd(PacketSocket.connect(socket, Deadline.in(PATIENCE)), log);
        Thread.ofPlatform().name("guestd").daemon().start(guestd::read);
        return guestd;
    }

    synchronized boolean gone() {
        return gone;
    }

    /// Begins a session with a guest. The listener is called at its end in any case, and never waited for.
    ///
    /// @param stream stays its owner's
    /// @return the session's number
    long open(InstanceId instance, SessionTransport transport, Fd stream, Consumer<Report.Word> listener) {
        long session;
        synchronized (this) {
            session = ++last;
            sessions.put(session, listener);
        }
        if (!send(GuestdRequests.open(session, instance, transport), List.of(stream))) {
            listener.accept(Report.Word.ENDED);
        }
        return session;
    }

    /// Ignores further reports about a session.
    synchronized void forget(long session) {
        sessions.remove(session);
    }

    /// Asks a guest something.
    ///
    /// @return whether it answered yes within `limit`
    boolean call(GuestCall call, long session, Duration limit) throws InterruptedException {
        return answer(token -> GuestdRequests.call(call, session, token, limit), List.of(), limit) == Report.Word.DONE;
    }

    /// Has a VMM asked something.
    ///
    /// @param api the connection to ask on; it stays its owner's
    /// @return guestd's reply; [Report.Word#FAILED] if guestd gives none within `limit`
    Word ask(VmmCommand command, FirecrackerVersion version, Fd api, Duration limit) throws InterruptedException {
        return answer(token -> GuestdRequests.vmm(command, token, limit, version), List.of(api), limit);
    }

    private Report.Word answer(LongFunction<byte[]> packet, List<Fd> descriptors, Duration limit)
            throws InterruptedException {
        var answer = new CompletableFuture<Report.Word>();
        long token;
        synchronized (this) {
            token = ++last;
            calls.put(token, answer);
        }
        try {
            return send(packet.apply(token), descriptors)
                    ? answer.get(limit.toMillis(), TimeUnit.MILLISECONDS)
                    : Report.Word.FAILED;
        } catch (ExecutionException | TimeoutException e) {
            return Report.Word.FAILED;
        } finally {
            synchronized (this) {
                calls.remove(token);
            }
        }
    }

    /// Ends the process, and with it its sessions. Any thread may call.
    void end() {
        try {
            socket.shutdown();
        } catch (ErrnoException e) {
            log.accept("cannot terminate guestd: " + e.getMessage());
        }
    }

    /// Passes on a packet.
    ///
    /// @param descriptors stay their owners'
    /// @return whether it has been passed on
    boolean send(byte[] packet, List<Fd> descriptors) {
        use.readLock().lock();
        try {
            if (gone()) {
                return false;
            }
            socket.send(packet, descriptors, Deadline.in(PATIENCE));
            return true;
        } catch (ErrnoException e) {
            end();
            return false;
        } finally {
            use.readLock().unlock();
        }
    }

    private void read() {
        try {
            for (var next = receive(); next.isPresent(); next = receive()) {
                try (var packet = next.get()) {
                    if (!accept(packet.bytes())) {
                        log.accept("terminating guestd: protocol violation");
                        break;
                    }
                }
                LockSupport.parkNanos(PACE_NANOS);
            }
        } catch (ErrnoException e) {
            log.accept("terminating guestd: " + e.getMessage());
        } finally {
            lose();
        }
    }

    private Optional<Packet> receive() throws ErrnoException {
        return socket.receive(Report.MAX_BYTES, 0, Deadline.never());
    }

    /// @return false if it is not of the protocol, or about a number that was never given
    private boolean accept(byte[] packet) {
        var parsed = Report.parse(packet);
        if (parsed.isEmpty()) {
            return false;
        }
        var word = parsed.get().word();
        long number = parsed.get().number();
        Consumer<Report.Word> listener;
        synchronized (this) {
            if (number > last) {
                return false;
            }
            var answer = calls.get(number);
            if (answer != null) {
                answer.complete(word);
            }
            listener = word == Report.Word.ENDED ? sessions.remove(number) : sessions.get(number);
        }
        if (listener != null) {
            listener.accept(word);
        }
        return true;
    }

    private void lose() {
        end();
        List<Consumer<Report.Word>> lost;
        synchronized (this) {
            gone = true;
            calls.values().forEach(answer -> answer.complete(Report.Word.FAILED));
            lost = List.copyOf(sessions.values());
        }
        lost.forEach(listener -> listener.accept(Report.Word.ENDED));
        use.writeLock().lock();
        try {
            socket.close();
        } finally {
            use.writeLock().unlock();
        }
    }
}
