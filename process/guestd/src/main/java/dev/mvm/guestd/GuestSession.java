package dev.mvm.guestd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.ChannelClosedException;
import dev.mvm.protocol.guest.ChannelListener;
import dev.mvm.protocol.guest.EndReason;
import dev.mvm.protocol.guest.GuestChannel;
import dev.mvm.protocol.guest.HookWord;
import dev.mvm.protocol.guest.TransportKind;
import dev.mvm.protocol.guestd.GuestCall;
import dev.mvm.protocol.guestd.Report;
import dev.mvm.protocol.guestd.SessionTransport;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/// One session with one guest, under the number that hostd has given it.
final class GuestSession implements ChannelListener {
    /// A guest under emulation on a busy machine takes a while to answer; hostd opens another session afterwards.
    private static final Duration HANDSHAKE = Duration.ofSeconds(60);

    private static final int ENTROPY = 64; // docs/protocol/guest.md
    private static final SecureRandom RANDOM = new SecureRandom();

    private final long number;
    private final InstanceId instance;
    private final HostdReports reports;
    private final Runnable over;
    private final Consumer<String> log;

    private final LatestWord words;
    private final CountDownLatch ended = new CountDownLatch(1);

    @GuardedBy("this")
    private Optional<GuestChannel> channel = Optional.empty();

    /// @param later runs a task after a pause
    /// @param over runs when the session has made its last report but one
    GuestSession(
            long number,
            InstanceId instance,
            HostdReports reports,
            Consumer<Runnable> later,
            Runnable over,
            Consumer<String> log) {
        this.number = number;
        this.instance = instance;
        this.reports = reports;
        this.words = new LatestWord(later, this::say);
        this.over = over;
        this.log = log;
    }

    /// Begins the session on threads of its own, and takes over `stream`.
    void start(UnixStream stream, SessionTransport transport) {
        var kind = switch (transport) {
            case CONNECTION -> TransportKind.CONNECTION;
            case SERIAL_PORT -> TransportKind.SERIAL_PORT;
        };
        Thread.ofPlatform().name("session " + instance).daemon().start(() -> open(stream, kind));
    }

    private void open(UnixStream stream, TransportKind kind) {
        try {
            var opened = GuestChannel.open(instance, new SocketTransport(stream), kind, this, HANDSHAKE);
            synchronized (this) {
                channel = Optional.of(opened);
            }
            reports.say(Report.Word.CONNECTED, number);
        } catch (ChannelClosedException e) {
            closed(e.reason());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    InstanceId instance() {
        return instance;
    }

    synchronized Optional<GuestChannel> channel() {
        return channel;
    }

    /// Asks the guest.
    ///
    /// @return whether it answered yes in time
    boolean call(GuestCall call, Duration limit) throws InterruptedException {
        var guest = channel();
        if (guest.isEmpty()) {
            return false;
        }
        try {
            return switch (call) {
                case PING -> guest.get().ping(limit);
                case PREPARE_SLEEP -> guest.get().prepareSleep(limit);
                case REKEY -> guest.get().rekey(entropy(), Instant.now(), limit);
            };
        } catch (ChannelClosedException e) {
            ended.await(); // hostd is told of the end first, and asks again in the next session
            return false;
        }
    }

    /// Makes fresh secret bytes for one guest.
    private static Bytes entropy() {
        var bytes = new byte[ENTROPY];
        RANDOM.nextBytes(bytes);
        return Bytes.of(bytes);
    }

    void powerOff() {
        try {
            var guest = channel();
            if (guest.isPresent()) {
                guest.get().powerOff();
            }
        } catch (ChannelClosedException e) {
            return; // the guest cannot be asked
        }
    }

    @Override
    public void ready() {
        reports.say(Report.Word.READY, number);
    }

    @Override
    public void hook(HookWord word) {
        words.said(word);
    }

    private void say(HookWord word) {
        var said = switch (word) {
            case READY -> Report.Word.HOOK_READY;
            case IDLE -> Report.Word.HOOK_IDLE;
            case BUSY -> Report.Word.HOOK_BUSY;
        };
        reports.say(said, number);
    }

    @Override
    public void closed(EndReason reason) {
        switch (reason) {
            case CLOSED, GUEST_HUNG_UP, HANDSHAKE_TIMEOUT, TRANSPORT_FAILED -> {} // usual when VMs boot or end
            default -> log.accept(instance + ": the guest's session was closed: " + reason.code());
        }
        over.run();
        words.end();
        reports.say(Report.Word.ENDED, number);
        ended.countDown();
    }
}
