package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The host's end of a session with one guest.
///
/// Any thread may call; only calls with a limit wait. A channel has two threads, a reader and a writer, and one
/// for each program that was killed and has not ended; all of them end with the channel, as soon as its
/// listener returns. A guest that breaks a rule or hangs up ends the channel, and with it every stream and
/// every call that waits. The channel does not read the payloads of a stream's frames.
///
/// ## Guarantees
/// A guest costs the channel a fixed amount of memory whatever it sends, and the same again for each program.
///
/// ## Not guaranteed
/// That a guest's messages are true, or that any come.
public final class GuestChannel implements AutoCloseable {
    private static final SecureRandom RANDOM = new SecureRandom();

    /// The guest's agent by its own description.
    ///
    /// @param boot 16 bytes, the same as long as the guest has not been booted again
    /// @param version 1 to 32 printable ASCII characters
    public record Agent(Bytes boot, String version) {}

    private final InstanceId instance;
    private final GuestTransport transport;
    private final ChannelListener listener;
    private final Bytes nonce;
    private final Monitor monitor = new Monitor();
    private final GuestOutbox outbox = new GuestOutbox(monitor);
    private final GuestQuestions questions = new GuestQuestions(monitor, outbox);

    // guarded by the monitor
    private final Map<Integer, GuestStream> streams = new HashMap<>();
    private int lastStream;
    private boolean ready;
    private boolean poweredOff;
    private @Nullable Agent agent;

    // of the reader alone
    private boolean begun;
    private @Nullable HookWord lastWord;

    private GuestChannel(InstanceId instance, GuestTransport transport, ChannelListener listener) {
        this.instance = instance;
        this.transport = transport;
        this.listener = listener;
        var random = new byte[GuestLimits.NONCE];
        RANDOM.nextBytes(random);
        nonce = Bytes.of(random);
    }

    /// Begins a session. The transport belongs to the channel from then on, even if this fails.
    ///
    /// @param instance the guest's instance, for the names of threads
    /// @param limit time for the guest's answer
    /// @throws ChannelClosedException if the guest gave no valid answer in time; the transport is closed then
    public static GuestChannel open(
            InstanceId instance, GuestTransport transport, TransportKind kind, ChannelListener listener, Duration limit)
            throws ChannelClosedException, InterruptedException {
        var channel = new GuestChannel(instance, transport, listener);
        boolean opened = false;
        try {
            channel.begin(kind, Monitor.deadline(limit));
            opened = true;
            return channel;
        } finally {
            if (!opened) {
                channel.close();
            }
        }
    }

    private void begin(TransportKind kind, long deadline) throws ChannelClosedException, InterruptedException {
        synchronized (monitor) {
            if (kind == TransportKind.SERIAL_PORT) {
                outbox.add(ByteBuffer.allocate(GuestLimits.HEADER + GuestLimits.MAX_PAYLOAD));
            }
            outbox.add(HostFrames.hello(nonce));
            thread("writer", this::write);
            thread("reader", this::read);
            if (!monitor.await(() -> agent != null, deadline)) {
                throw new ChannelClosedException(monitor.end(EndReason.HANDSHAKE_TIMEOUT));
            }
        }
    }

    /// Returns the guest's agent.
    public Agent agent() {
        synchronized (monitor) {
            return Objects.requireNonNull(agent); // known before [#open] returns
        }
    }

    /// Returns whether the guest has reported itself ready.
    public boolean ready() {
        synchronized (monitor) {
            return ready;
        }
    }

    /// Pings the guest agent.
    ///
    /// @return whether the answer came within `limit`
    public boolean ping(Duration limit) throws ChannelClosedException, InterruptedException {
        return questions.ping(limit);
    }

    /// Prepares the guest for sleep: its worker, if it has one, may refuse, and file systems are written. A second
    /// question, of either kind, ends the wait for the answer to the first.
    ///
    /// @param limit time for the answer; the worker is given whole seconds of it, 1 to 3600
    /// @return false if the guest refuses, or does not answer in time
    public boolean prepareSleep(Duration limit) throws ChannelClosedException, InterruptedException {
        return questions.prepareSleep(limit);
    }

    /// Makes a guest that has woken differ from others that wake from the same memory: its kernel reseeds its random
    /// numbers, its clock is set, and then its worker, if it has one, replaces its secrets.
    ///
    /// @param entropy 64 secret bytes, used once; the channel keeps no copy of them once they are written
    /// @param now the time for the guest's clock, from 1970 to 2262
    /// @param limit time for the answer; the worker is given whole seconds of it, 1 to 3600
    /// @return false if the guest failed, or did not answer in time: it must not run on then
    public boolean rekey(Bytes entropy, Instant now, Duration limit)
            throws ChannelClosedException, InterruptedException {
        return questions.rekey(entropy, now, limit);
    }

    /// Opens a stream for a program.
    ///
    /// @param exec description of the program, the payload of an `EXEC`, at most 32768 bytes
    /// @param listener receives the program's frames, possibly before this returns
    /// @param limit time for the guest to make room for the request
    /// @return empty if there was no room in time, or if the guest has as many programs as it may have
    public Optional<GuestStream> open(Bytes exec, StreamListener listener, Duration limit)
            throws ChannelClosedException, InterruptedException {
        long deadline = Monitor.deadline(limit);
        synchronized (monitor) {
            if (!monitor.await(outbox::hasRoom, deadline) || streams.size() >= GuestLimits.MAX_STREAMS) {
                return Optional.empty();
            }
            do {
                lastStream = lastStream == Integer.MAX_VALUE ? 1 : lastStream + 1;
            } while (streams.containsKey(lastStream));
            int number = lastStream;
            var stream = new GuestStream(number, listener, monitor, outbox, life -> thread("stream " + number, life));
            streams.put(number, stream);
            outbox.add(HostFrames.frame(HostFrames.EXEC, number, exec.array()));
            return Optional.of(stream);
        }
    }

    /// Tells the guest to power off, and does not wait: the channel ends when the VM does.
    public void powerOff() throws ChannelClosedException {
        synchronized (monitor) {
            monitor.checkOpen();
            if (!poweredOff) {
                poweredOff = true;
                outbox.add(HostFrames.frame(HostFrames.POWEROFF, 0));
            }
        }
    }

    /// Ends the session; frames that wait are dropped. Does not wait for the channel's threads, so that they may
    /// call this method, too.
    @Override
    public void close() {
        end(EndReason.CLOSED);
    }

    private EndReason end(EndReason reason) {
        synchronized (monitor) {
            monitor.end(reason);
            streams.values().forEach(GuestStream::lose);
            streams.clear();
        }
        transport.close();
        return monitor.end(reason);
    }

    private void thread(String role, Runnable life) {
        Thread.ofPlatform().daemon().name("guest " + instance + " " + role).start(life);
    }

    private void write() {
        var reason = EndReason.INTERNAL_ERROR;
        try {
            outbox.writeTo(transport);
            reason = EndReason.CLOSED;
        } catch (IOException e) {
            reason = EndReason.TRANSPORT_FAILED;
        } finally {
            end(reason);
        }
    }

    private void read() {
        var reason = EndReason.INTERNAL_ERROR;
        try {
            reason = converse();
        } finally {
            reason = end(reason);
            if (begun) {
                listener.closed(reason);
            }
        }
    }

    private EndReason converse() {
        try {
            var decoder = new GuestDecoder(transport::read);
            if (!decoder.findAnswer(nonce)) {
                return EndReason.GUEST_HUNG_UP;
            }
            for (var message = decoder.next(); message.isPresent(); message = decoder.next()) {
                receive(message.get());
            }
            return EndReason.GUEST_HUNG_UP;
        } catch (ProtocolViolationException e) {
            return e.reason();
        } catch (IOException e) {
            return EndReason.TRANSPORT_FAILED;
        }
    }

    private void receive(GuestMessage message) throws ProtocolViolationException {
        switch (message) {
            case GuestMessage.HelloAck m -> answered(m);
            case GuestMessage.Pong m -> questions.pong(m.token());
            case GuestMessage.Ready _ -> becomeReady();
            case GuestMessage.Hook m -> hook(m.word());
            case GuestMessage.SleepReady m -> questions.answer(HostFrames.PREPARE_SLEEP, m.token(), true);
            case GuestMessage.SleepRefused m -> questions.answer(HostFrames.PREPARE_SLEEP, m.token(), false);
            case GuestMessage.Rekeyed m -> questions.answer(HostFrames.REKEY, m.token(), true);
            case GuestMessage.RekeyFailed m -> questions.answer(HostFrames.REKEY, m.token(), false);
            case GuestMessage.OnStream m -> pass(m);
        }
    }

    private void answered(GuestMessage.HelloAck answer) throws ProtocolViolationException {
        synchronized (monitor) {
            ProtocolViolationException.check(agent == null, EndReason.OUT_OF_ORDER);
            ProtocolViolationException.check(answer.version() == GuestLimits.VERSION, EndReason.GUEST_VERSION);
            if (monitor.ended()) {
                return;
            }
            agent = new Agent(answer.boot(), answer.agent());
            monitor.changed();
        }
        begun = true;
        if (answer.ready()) {
            becomeReady();
        }
    }

    private void becomeReady() {
        synchronized (monitor) {
            if (ready) {
                return;
            }
            ready = true;
        }
        listener.ready();
    }

    private void hook(HookWord word) {
        if (word != lastWord) {
            lastWord = word;
            listener.hook(word);
        }
    }

    private void pass(GuestMessage.OnStream message) throws ProtocolViolationException {
        synchronized (monitor) {
            var stream = streams.get(message.stream());
            if (stream == null) {
                throw new ProtocolViolationException(EndReason.UNKNOWN_STREAM);
            }
            if (stream.receive(message.type(), message.payload())) {
                streams.remove(message.stream());
            }
        }
    }
}
