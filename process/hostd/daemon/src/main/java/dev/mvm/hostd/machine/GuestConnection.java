package dev.mvm.hostd.machine;

import com.google.errorprone.annotations.MustBeClosed;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.hostd.engine.GuestPort;
import dev.mvm.hostd.host.VmGuests;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guestd.GuestCall;
import dev.mvm.protocol.guestd.GuestdRequests;
import dev.mvm.protocol.guestd.Report;
import dev.mvm.protocol.guestd.SessionTransport;
import dev.mvm.protocol.hostd.Observation;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The sessions with one VM's guest, which its tenant's guestd reads, one after the other: when one ends, the next
/// begins, until the VM is gone.
final class GuestConnection implements AutoCloseable {
    /// Between two calls of a guest, so that one that does nothing else costs little.
    private static final Duration AGAIN = Duration.ofMillis(50);

    /// A session that a guestd has, by its number.
    private record Session(Guestd guestd, long number, CountDownLatch ended) {}

    private final InstanceId instance;
    private final Directory io;
    private final GuestPort port;
    private final SessionTransport transport;
    private final Guestds.Tenant guests;
    private final Runnable changed;
    private final Consumer<String> log;

    @GuardedBy("this")
    private Optional<WakeUp> stop = Optional.empty();

    @GuardedBy("this")
    private Optional<Session> session = Optional.empty();

    @GuardedBy("this")
    private boolean connected;

    @GuardedBy("this")
    private boolean ready;

    @GuardedBy("this")
    private Observation.Hook hook = Observation.Hook.NONE;

    @GuardedBy("this")
    private boolean closed;

    /// Takes over `port`.
    ///
    /// @param io the VM's directory, which stays its owner's
    /// @param guests the tenant's
    /// @param changed told when the guest has come, gone, become ready or said something
    GuestConnection(
            InstanceId instance,
            Directory io,
            GuestPort port,
            SessionTransport transport,
            Guestds.Tenant guests,
            Runnable changed,
            Consumer<String> log) {
        this.instance = instance;
        this.io = io;
        this.port = port;
        this.transport = transport;
        this.guests = guests;
        this.changed = changed;
        this.log = log;
    }

    /// Begins. Unless this is called, closing closes the port.
    @SuppressWarnings("MustBeClosedChecker") // the thread of the sessions closes it
    synchronized void start() throws ErrnoException {
        var wake = new WakeUp();
        stop = Optional.of(wake);
        Thread.ofPlatform().name("guest " + instance).daemon().start(() -> run(wake));
    }

    private void run(WakeUp wake) {
        try {
            var pause = Duration.ZERO;
            while (!Poll.readable(wake.fd(), Deadline.in(pause))) {
                pause = AGAIN;
                var guestd = guests.guestd();
                guestd.ifPresent(this::showConsole);
                var stream = guestd.isPresent() ? port.next(wake) : Optional.<UnixStream>empty();
                if (stream.isPresent()) {
                    session(guestd.get(), stream.get());
                }
            }
        } catch (IOException e) {
            log.accept(instance + ": no session with the guest: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            synchronized (this) {
                closed = true;
                wake.close();
            }
            port.close();
        }
    }

    /// Hands over the VMM's output, which waits in a pipe. A guestd has it already unless it is new.
    private void showConsole(Guestd guestd) {
        try (var console = console()) {
            guestd.send(GuestdRequests.console(instance), List.of(console));
        } catch (ErrnoException e) {
            return; // the VMM has removed it, and loses its output, or has ended
        }
    }

    /// The directory is closed after this connection: its number may then be another VM's.
    @MustBeClosed
    private synchronized Fd console() throws ErrnoException {
        if (closed) {
            throw new ErrnoException("openat2", Errno.EBADF, "the VM has ended");
        }
        return io.openBeneath("console", OpenFlag.NON_BLOCKING);
    }

    private void session(Guestd guestd, UnixStream stream) throws ErrnoException, InterruptedException {
        var ended = new CountDownLatch(1);
        try (stream) {
            long number = guestd.open(instance, transport, stream.fd(), word -> said(word, ended));
            set(Optional.of(new Session(guestd, number, ended)));
            ended.await();
            guestd.forget(number);
            stream.shutdown(); // also for a guestd that keeps it: the guest must be free to call again
        } finally {
            set(Optional.empty());
        }
    }

    private void set(Optional<Session> next) {
        synchronized (this) {
            session = next;
            notifyAll(); // a guest can be connected before its session has a number here
            if (next.isEmpty()) {
                connected = false;
                ready = false;
            } else if (closed) {
                next.get().ended().countDown();
            }
        }
        changed.run();
    }

    private void said(Report.Word word, CountDownLatch ended) {
        synchronized (this) {
            var before = guest();
            switch (word) {
                case CONNECTED -> {
                    connected = true;
                    notifyAll();
                }
                case READY -> ready = true;
                case HOOK_READY -> hook = Observation.Hook.READY;
                case HOOK_IDLE -> hook = Observation.Hook.IDLE;
                case HOOK_BUSY -> hook = Observation.Hook.BUSY;
                case ENDED -> {
                    connected = false;
                    ended.countDown();
                }
                case DONE, FAILED, RUNNING, PAUSED, OTHER_VERSION -> {} // about a call
            }
            if (before.equals(guest())) {
                return;
            }
        }
        changed.run();
    }

    synchronized VmGuests.Guest guest() {
        boolean there = connected && session.isPresent();
        return new VmGuests.Guest(there, there && ready, hook);
    }

    private synchronized Optional<Session> connected() {
        return session.filter(_ -> connected);
    }

    /// Asks the guest something.
    ///
    /// @return whether it answered yes within `limit`
    boolean call(GuestCall call, Duration limit) throws InterruptedException {
        var now = connected();
        return now.isPresent() && now.get().guestd().call(call, now.get().number(), limit);
    }

    /// Waits for the guest to be connected, and asks it; again if the connection breaks meanwhile, as it may when a
    /// paused guest resumes, but not for longer, however often a guest calls.
    ///
    /// @return whether it came, and answered yes, each within `limit`
    boolean await(GuestCall call, Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (true) {
            synchronized (this) {
                for (long left = end - System.nanoTime();
                        connected().isEmpty() && !closed && left > 0;
                        left = end - System.nanoTime()) {
                    TimeUnit.NANOSECONDS.timedWait(this, left);
                }
            }
            var now = connected();
            if (now.isEmpty() || now.get().guestd().call(call, now.get().number(), limit)) {
                return now.isPresent();
            }
            if (now.equals(connected()) || System.nanoTime() - end > 0) {
                return false; // it refused, or its time is over
            }
        }
    }

    /// Tells the guest to power off.
    ///
    /// @return whether it has been told
    boolean powerOff() {
        return connected()
                .filter(now -> now.guestd().send(GuestdRequests.powerOff(now.number()), List.of()))
                .isPresent();
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        notifyAll();
        session.ifPresent(now -> now.ended().countDown());
        if (stop.isEmpty()) {
            port.close();
            return;
        }
        try {
            stop.get().signal();
        } catch (ErrnoException e) {
            log.accept(instance + ": the guest's session was not stopped: " + e.getMessage());
        }
    }
}
