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
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// The host's end of a session with one guest.
///
/// Any thread may call; no call but those with a limit waits. A channel has two threads, one that reads and one that
/// writes, and one for each program that was killed and has not ended; all of them end with it, as soon as its listener
/// returns. A guest that breaks a rule, hangs up or is given up ends the channel, and with it every stream and every
/// call that waits. What the frames of a stream hold is not read here.
///
/// Guarantees: what a guest sends costs the channel a fixed amount of memory, and the same again for each program. Does
/// not guarantee: that anything a guest says is true, or that it says anything.
public final class GuestChannel implements AutoCloseable {
    private static final SecureRandom RANDOM = new SecureRandom();

    /// The guest's agent, as it describes itself.
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

    // guarded by the monitor
    private final Map<Integer, GuestStream> streams = new HashMap<>();
    private int lastStream;
    private long pingsSent;
    private long pingsAnswered;
    private long questionsAsked;
    private long questionsAnswered;
    private int question; // the type of the last
    private boolean granted; // what the last was answered
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

    /// Begins a session. The transport belongs to the channel from then on, also if this fails.
    ///
    /// @param instance whose guest it is, for the names of threads
    /// @param limit how long the guest may take to answer
    /// @throws ChannelClosedException if it did not, or not as it should; the transport is closed then
    public static GuestChannel open(
            InstanceId instance, GuestTransport transport, TransportKind link, ChannelListener listener, Duration limit)
            throws ChannelClosedException, InterruptedException {
        var channel = new GuestChannel(instance, transport, listener);
        boolean opened = false;
        try {
            channel.begin(link, Monitor.deadline(limit));
            opened = true;
            return channel;
        } finally {
            if (!opened) {
                channel.close();
            }
        }
    }

    private void begin(TransportKind link, long deadline) throws ChannelClosedException, InterruptedException {
        synchronized (monitor) {
            if (link == TransportKind.SERIAL_PORT) {
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

    /// The agent at the other end.
    public Agent agent() {
        synchronized (monitor) {
            return Objects.requireNonNull(agent); // known before anyone has a channel
        }
    }

    /// Whether the guest has said that it is ready.
    public boolean ready() {
        synchronized (monitor) {
            return ready;
        }
    }

    /// Asks the guest for a sign of life.
    ///
    /// @return whether one came within `limit`
    public boolean ping(Duration limit) throws ChannelClosedException, InterruptedException {
        long deadline = Monitor.deadline(limit);
        synchronized (monitor) {
            if (!monitor.await(outbox::hasRoom, deadline)) {
                return false;
            }
            long token = ++pingsSent;
            outbox.add(HostFrames.ping(token));
            return monitor.await(() -> pingsAnswered >= token, deadline);
        }
    }

    /// Has the guest make itself ready for sleep: its worker, if one listens, may say no, and file systems are written.
    /// A second question, of either kind, ends the wait for the answer to the first.
    ///
    /// @param limit how long that may take; of it the worker is given whole seconds, 1 to 3600
    /// @return false if the guest refuses, or has not answered in time
    public boolean prepareSleep(Duration limit) throws ChannelClosedException, InterruptedException {
        return ask(HostFrames.PREPARE_SLEEP, token -> HostFrames.prepareSleep(token, seconds(limit)), limit);
    }

    /// Makes a guest that has woken another than those that wake from the same memory: its kernel seeds its random
    /// numbers anew, its clock is set, and then its worker, if one listens, has replaced its secrets.
    ///
    /// The bytes are not kept here once they are written; `entropy` itself is the caller's to forget.
    ///
    /// @param entropy 64 bytes that nobody else knows, and that are used once
    /// @param now what the guest's clock is set to, from 1970 to 2262
    /// @param limit how long that may take; of it the worker is given whole seconds, 1 to 3600
    /// @return false if the guest failed, or has not answered in time: it must not go on then
    public boolean rekey(Bytes entropy, Instant now, Duration limit)
            throws ChannelClosedException, InterruptedException {
        GuestLimits.size(entropy, GuestLimits.ENTROPY);
        long time = Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano());
        if (time < 0) {
            throw new IllegalArgumentException("before 1970: " + now);
        }
        return ask(HostFrames.REKEY, token -> HostFrames.rekey(token, time, entropy, seconds(limit)), limit);
    }

    private static int seconds(Duration limit) {
        return Math.clamp(limit.toSeconds(), 1, GuestLimits.MAX_WORKER_SECONDS);
    }

    private boolean ask(int type, LongFunction<ByteBuffer> frame, Duration limit)
            throws ChannelClosedException, InterruptedException {
        long deadline = Monitor.deadline(limit);
        synchronized (monitor) {
            if (!monitor.await(outbox::hasRoom, deadline)) {
                return false;
            }
            long token = ++questionsAsked;
            question = type;
            granted = false;
            outbox.add(frame.apply(token)); // tells whoever waits for another answer, too
            return monitor.await(() -> questionsAnswered >= token || questionsAsked != token, deadline)
                    && questionsAsked == token
                    && granted;
        }
    }

    /// Opens a stream for a program.
    ///
    /// @param exec what the guest is told of the program, the payload of an `EXEC`, of at most 32768 bytes
    /// @param listener told what the guest says about it, possibly before this returns
    /// @param limit how long the guest may take to make room for it
    /// @return empty if it made none, or has as many programs as it may have
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

    /// Tells the guest to power off. Does not wait for it: the channel ends when the VM does.
    public void powerOff() throws ChannelClosedException {
        synchronized (monitor) {
            monitor.checkOpen();
            if (!poweredOff) {
                poweredOff = true;
                outbox.add(HostFrames.frame(HostFrames.POWEROFF, 0));
            }
        }
    }

    /// Ends the session, with whatever has not been written yet. Does not wait for the channel's threads, so that they
    /// may call it too.
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
            case GuestMessage.Pong m -> pong(m.token());
            case GuestMessage.Ready _ -> becomeReady();
            case GuestMessage.Hook m -> hook(m.word());
            case GuestMessage.SleepReady m -> answer(HostFrames.PREPARE_SLEEP, m.token(), true);
            case GuestMessage.SleepRefused m -> answer(HostFrames.PREPARE_SLEEP, m.token(), false);
            case GuestMessage.Rekeyed m -> answer(HostFrames.REKEY, m.token(), true);
            case GuestMessage.RekeyFailed m -> answer(HostFrames.REKEY, m.token(), false);
            case GuestMessage.OnStream m -> pass(m);
        }
    }

    private void answered(GuestMessage.HelloAck answer) throws ProtocolViolationException {
        synchronized (monitor) {
            check(agent == null, EndReason.OUT_OF_ORDER);
            check(answer.version() == GuestLimits.VERSION, EndReason.GUEST_VERSION);
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

    private void pong(long token) throws ProtocolViolationException {
        synchronized (monitor) {
            // pings are answered in their order, also those that nobody waits for any more
            check(token == pingsAnswered + 1 && token <= pingsSent, EndReason.OUT_OF_ORDER);
            pingsAnswered = token;
            monitor.changed();
        }
    }

    private void answer(int type, long token, boolean good) throws ProtocolViolationException {
        synchronized (monitor) {
            check(token == questionsAnswered + 1 && token <= questionsAsked, EndReason.OUT_OF_ORDER);
            check(token < questionsAsked || type == question, EndReason.OUT_OF_ORDER);
            questionsAnswered = token;
            granted = good;
            monitor.changed();
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

    private static void check(boolean rule, EndReason otherwise) throws ProtocolViolationException {
        if (!rule) {
            throw new ProtocolViolationException(otherwise);
        }
    }
}
