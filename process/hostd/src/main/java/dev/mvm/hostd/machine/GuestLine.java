package dev.mvm.hostd.machine;

import dev.mvm.hostd.engine.GuestPort;
import dev.mvm.hostd.host.Machines;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.ChannelClosedException;
import dev.mvm.protocol.guest.ChannelListener;
import dev.mvm.protocol.guest.EndReason;
import dev.mvm.protocol.guest.GuestChannel;
import dev.mvm.protocol.guest.HookWord;
import dev.mvm.protocol.guest.Link;
import dev.mvm.protocol.hostd.Observation;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/// The line to one VM's guest: whenever it breaks it is taken up again, until the VM is gone.
final class GuestLine implements AutoCloseable {
    /// A guest under emulation on a busy machine takes a while to begin; one that has not is asked again.
    private static final Duration HANDSHAKE = Duration.ofSeconds(60);

    private final InstanceId instance;
    private final GuestPort port;
    private final Link link;
    private final Runnable changed;
    private final Consumer<String> log;
    private final WakeUp stop;
    private Optional<GuestChannel> channel = Optional.empty();
    private Observation.Hook hook = Observation.Hook.NONE;
    private boolean closed;

    /// Takes over `port` and `stop`.
    ///
    /// @param changed told when the guest has come, gone, become ready or said something
    GuestLine(InstanceId instance, GuestPort port, WakeUp stop, Link link, Runnable changed, Consumer<String> log) {
        this.instance = instance;
        this.port = port;
        this.stop = stop;
        this.link = link;
        this.changed = changed;
        this.log = log;
    }

    void start() {
        Thread.ofPlatform().name("line " + instance).daemon().start(this::run);
    }

    private void run() {
        try {
            for (var stream = port.next(stop); stream.isPresent(); stream = port.next(stop)) {
                session(stream.get());
            }
        } catch (IOException e) {
            log.accept(instance + ": the guest's line cannot be opened: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            synchronized (this) {
                closed = true;
                stop.close();
            }
            port.close();
        }
    }

    private void session(UnixStream stream) throws InterruptedException {
        var ended = new CountDownLatch(1);
        try {
            var opened = GuestChannel.open(instance, new SocketTransport(stream), link, new Listener(ended), HANDSHAKE);
            synchronized (this) {
                channel = Optional.of(opened);
                if (closed) {
                    opened.close();
                }
            }
            changed.run();
            ended.await();
        } catch (ChannelClosedException e) {
            tell(e.reason());
        } finally {
            synchronized (this) {
                channel = Optional.empty();
            }
            changed.run();
        }
    }

    private void tell(EndReason reason) {
        switch (reason) {
            case CLOSED, GUEST_HUNG_UP, HANDSHAKE_TIMEOUT, TRANSPORT_FAILED -> {} // what VMs do that boot or end
            default -> log.accept(instance + ": the guest's line was closed: " + reason.code());
        }
    }

    boolean rekey() {
        try {
            for (int i = 0; i < 600 && channel().isEmpty(); i++) {
                Thread.sleep(100);
            }
            return channel().isPresent() && channel().get().ping(HANDSHAKE);
        } catch (ChannelClosedException | InterruptedException e) {
            return false;
        }
    }

    synchronized Optional<GuestChannel> channel() {
        return channel;
    }

    synchronized Machines.Guest guest() {
        return new Machines.Guest(
                channel.isPresent(), channel.filter(GuestChannel::ready).isPresent(), hook);
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        channel.ifPresent(GuestChannel::close);
        try {
            stop.signal();
        } catch (ErrnoException e) {
            log.accept(instance + ": the guest's line cannot be told to end: " + e.getMessage());
        }
    }

    private final class Listener implements ChannelListener {
        private final CountDownLatch ended;

        Listener(CountDownLatch ended) {
            this.ended = ended;
        }

        @Override
        public void ready() {
            changed.run();
        }

        @Override
        public void hook(HookWord word) {
            synchronized (GuestLine.this) {
                hook = switch (word) {
                    case READY -> Observation.Hook.READY;
                    case IDLE -> Observation.Hook.IDLE;
                    case BUSY -> Observation.Hook.BUSY;
                };
            }
            changed.run();
        }

        @Override
        public void closed(EndReason reason) {
            tell(reason);
            ended.countDown();
        }
    }
}
