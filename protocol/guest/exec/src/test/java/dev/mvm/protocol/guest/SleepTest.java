package dev.mvm.protocol.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Questions of a channel before its guest sleeps and after it has woken, to guests that answer and to others.
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SleepTest {
    private static final InstanceId INSTANCE = InstanceId.of(0x51ee9);
    private static final Duration AT_ONCE = Duration.ofMillis(1);
    private static final Instant NOW = Instant.ofEpochSecond(1_767_225_600, 123_456_789);
    private static final Bytes ENTROPY = entropy();

    private final MemoryTransport.Pair ends = MemoryTransport.pair();
    private final FakeGuest guest = new FakeGuest();
    private final Heard heard = new Heard();
    private final Written written = new Written(ends.host());
    private GuestChannel channel;

    private static Bytes entropy() {
        var bytes = new byte[64];
        Arrays.fill(bytes, (byte) 0x5e);
        return Bytes.of(bytes);
    }

    /// A transport that remembers the buffers it was given to write, by identity.
    private record Written(GuestTransport inner, Set<ByteBuffer> frames) implements GuestTransport {
        Written(GuestTransport inner) {
            this(inner, Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>())));
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            return inner.read(into);
        }

        @Override
        public void write(ByteBuffer from) throws IOException {
            frames.add(from);
            inner.write(from);
        }

        @Override
        public void close() {
            inner.close();
        }

        /// Returns whether all that was written is wiped, but possibly the last frame.
        boolean isWiped() {
            synchronized (frames) {
                return frames.stream().filter(frame -> !isZero(frame)).count() <= 1;
            }
        }
    }

    private static boolean isZero(ByteBuffer frame) {
        return frame.duplicate().clear().equals(ByteBuffer.allocate(frame.capacity()));
    }

    @BeforeEach
    void open() throws Exception {
        var _ = guest.connect(ends.guest());
        channel = GuestChannel.open(INSTANCE, written, TransportKind.SERIAL_PORT, heard, Patience.LIMIT);
    }

    @AfterEach
    void close() throws Exception {
        guest.thaw();
        channel.close();
        Patience.awaitThreads(INSTANCE);
    }

    @Test
    void guestThatRefuses_isNotReadyForSleep() throws Exception {
        guest.stayAwake();
        assertThat(channel.prepareSleep(Patience.LIMIT)).isFalse();
        assertThat(channel.ping(Patience.LIMIT)).isTrue();
    }

    @Test
    void rekey_bringsEntropyAndTimeToTheNanosecond() throws Exception {
        assertThat(channel.rekey(ENTROPY, NOW, Patience.LIMIT)).isTrue();
        assertThat(guest.rekeys()).containsExactly(new FakeGuest.Rekeyed(ENTROPY, 1_767_225_600_123_456_789L));
    }

    @Test
    void rekeyThatFails_isNoSuccess() throws Exception {
        guest.failRekeys();
        assertThat(channel.rekey(ENTROPY, NOW, Patience.LIMIT)).isFalse();
    }

    @Test
    void rekeyWithOtherEntropyOrTimes_isRefusedBeforeItIsSent() throws Exception {
        for (int size : new int[] {0, 32, 63, 65}) {
            assertThatThrownBy(() -> channel.rekey(Bytes.of(new byte[size]), NOW, Patience.LIMIT))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> channel.rekey(ENTROPY, Instant.EPOCH.minusNanos(1), Patience.LIMIT))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> channel.rekey(ENTROPY, Instant.MAX, Patience.LIMIT))
                .isInstanceOf(ArithmeticException.class);
        assertThat(guest.rekeys()).isEmpty();
    }

    @Test
    void entropy_isNotKeptOnceItIsWritten() throws Exception {
        assertThat(channel.rekey(ENTROPY, NOW, Patience.LIMIT)).isTrue();
        assertThat(channel.ping(Patience.LIMIT)).isTrue(); // after the rekey's frame was done with
        assertThat(written.frames()).hasSizeGreaterThanOrEqualTo(3);
        assertThat(written.isWiped()).isTrue();
    }

    @Test
    void entropyThatIsNeverWritten_isNotKeptEither() throws Exception {
        var monitor = new Monitor();
        var outbox = new GuestOutbox(monitor);
        var frame = HostFrames.rekey(1, 1, ENTROPY, 1);
        outbox.add(frame);
        var _ = monitor.end(EndReason.CLOSED);
        outbox.writeTo(written);
        assertThat(isZero(frame)).isTrue();
        assertThat(written.frames().contains(frame)).isFalse(); // by identity
    }

    @Test
    void guestThatDoesNotAnswer_isGivenUp_andHeardLater() throws Exception {
        guest.freeze();
        assertThat(channel.prepareSleep(AT_ONCE)).isFalse();
        assertThat(channel.rekey(ENTROPY, NOW, AT_ONCE)).isFalse();
        guest.thaw();
        guest.stayAwake();
        assertThat(channel.prepareSleep(Patience.LIMIT)).isFalse(); // which is its own answer, not an older one
        assertThat(channel.rekey(ENTROPY, NOW, Patience.LIMIT)).isTrue();
        assertThat(heard.isClosed()).isFalse();
    }

    @Test
    void secondQuestion_endsTheWaitForTheFirst() throws Exception {
        guest.freeze();
        var first = CompletableFuture.supplyAsync(this::prepareSleep, Thread::startVirtualThread);
        while (!isAsked(1)) {
            Thread.onSpinWait();
        }
        var second = CompletableFuture.supplyAsync(this::prepareSleep, Thread::startVirtualThread);
        assertThat(first.get(60, TimeUnit.SECONDS)).isFalse();
        guest.thaw();
        assertThat(second.get(60, TimeUnit.SECONDS)).isTrue();
    }

    private boolean isAsked(int questions) {
        return written.frames().size() >= 2 + questions; // zero bytes and the hello come first
    }

    private boolean prepareSleep() {
        try {
            return channel.prepareSleep(Patience.LIMIT);
        } catch (ChannelClosedException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void endOfTheChannel_endsTheWait() {
        guest.freeze();
        var asking = CompletableFuture.supplyAsync(this::prepareSleep, Thread::startVirtualThread);
        while (!isAsked(1)) {
            Thread.onSpinWait();
        }
        channel.close();
        assertThat(asking).failsWithin(Patience.LIMIT);
    }

    @Test
    void answerThatNobodyAskedFor_endsTheChannel() throws Exception {
        guest.say(new GuestMessage.Rekeyed(1));
        assertThat(heard.awaitClosed()).isEqualTo(EndReason.OUT_OF_ORDER);
    }

    @Test
    void answerToAnotherQuestion_endsTheChannel() throws Exception {
        refusesAnswer(GuestMessage.Rekeyed::new);
    }

    @Test
    void answerBeforeTheQuestion_endsTheChannel() throws Exception {
        refusesAnswer(token -> new GuestMessage.SleepReady(token + 1));
    }

    @Test
    void answerThatComesTwice_endsTheChannel() throws Exception {
        assertThat(channel.prepareSleep(Patience.LIMIT)).isTrue();
        guest.say(new GuestMessage.SleepReady(1));
        assertThat(heard.awaitClosed()).isEqualTo(EndReason.OUT_OF_ORDER);
    }

    /// Answers a question for sleep with the result of `answer` for its token.
    private void refusesAnswer(LongFunction<GuestMessage> answer) throws Exception {
        guest.answerSleep(answer);
        assertThatThrownBy(() -> channel.prepareSleep(Patience.LIMIT)).isInstanceOf(ChannelClosedException.class);
        assertThat(heard.awaitClosed()).isEqualTo(EndReason.OUT_OF_ORDER);
    }
}
