package dev.mvm.protocol.guest;

import dev.mvm.model.Bytes;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongFunction;

/// Pings and questions of a channel, and the guest's answers to them. Any thread may ask; the channel's reader brings
/// the answers.
final class GuestQuestions {
    private final Monitor monitor;
    private final GuestOutbox outbox;

    // guarded by the monitor
    private long pingsSent;
    private long pingsAnswered;
    private long asked;
    private long answered;
    private int lastType;
    private boolean lastGranted;

    GuestQuestions(Monitor monitor, GuestOutbox outbox) {
        this.monitor = monitor;
        this.outbox = outbox;
    }

    /// Pings the guest.
    ///
    /// @return whether the answer came within `limit`
    boolean ping(Duration limit) throws ChannelClosedException, InterruptedException {
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

    /// Asks the guest to prepare for sleep; see [GuestChannel#prepareSleep].
    boolean prepareSleep(Duration limit) throws ChannelClosedException, InterruptedException {
        return ask(HostFrames.PREPARE_SLEEP, token -> HostFrames.prepareSleep(token, seconds(limit)), limit);
    }

    /// Asks the guest to take fresh entropy and the time; see [GuestChannel#rekey].
    boolean rekey(Bytes entropy, Instant now, Duration limit) throws ChannelClosedException, InterruptedException {
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

    /// Asks a question. A second question, of either type, ends the wait for the answer to the first.
    ///
    /// @param type of the question's frame
    /// @param frame makes the frame of the question with a token
    /// @return whether the guest answered yes within `limit`
    private boolean ask(int type, LongFunction<ByteBuffer> frame, Duration limit)
            throws ChannelClosedException, InterruptedException {
        long deadline = Monitor.deadline(limit);
        synchronized (monitor) {
            if (!monitor.await(outbox::hasRoom, deadline)) {
                return false;
            }
            long token = ++asked;
            lastType = type;
            lastGranted = false;
            outbox.add(frame.apply(token)); // wakes a caller that waits for another answer, too
            return monitor.await(() -> answered >= token || asked != token, deadline) && asked == token && lastGranted;
        }
    }

    /// Takes an answer to a ping.
    void pong(long token) throws ProtocolViolationException {
        synchronized (monitor) {
            // pings are answered in their order, also those whose callers have given up
            ProtocolViolationException.check(token == pingsAnswered + 1 && token <= pingsSent, EndReason.OUT_OF_ORDER);
            pingsAnswered = token;
            monitor.changed();
        }
    }

    /// Takes an answer to a question of `type`.
    void answer(int type, long token, boolean granted) throws ProtocolViolationException {
        synchronized (monitor) {
            ProtocolViolationException.check(token == answered + 1 && token <= asked, EndReason.OUT_OF_ORDER);
            ProtocolViolationException.check(token < asked || type == lastType, EndReason.OUT_OF_ORDER);
            answered = token;
            lastGranted = granted;
            monitor.changed();
        }
    }
}
