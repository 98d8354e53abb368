package dev.mvm.linux.fd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

@SuppressWarnings("MustBeClosedChecker") // closes wrongly on purpose, and counts what is left open
final class PollTest {
    private static final Deadline FAR = Deadline.in(Duration.ofMinutes(5));

    @Test
    void readyOnes_areToldInTheirOrder() throws Exception {
        try (var a = new WakeUp();
                var b = new WakeUp();
                var c = new WakeUp()) {
            var all = List.of(a.fd(), b.fd(), c.fd());
            assertThat(Poll.readable(all, Deadline.now())).isEmpty();
            c.signal();
            a.signal();
            assertThat(Poll.readable(all, Deadline.never())).containsExactly(a.fd(), c.fd());
            assertThat(a.clear()).isTrue();
            assertThat(a.clear()).isFalse();
            assertThat(Poll.readable(all, FAR)).containsExactly(c.fd());
        }
    }

    @Test
    void waitingThread_isWokenByAnother() throws Exception {
        try (var wakeUp = new WakeUp()) {
            var waiting = CompletableFuture.supplyAsync(() -> {
                try {
                    return Poll.readable(wakeUp.fd(), Deadline.never());
                } catch (ErrnoException e) {
                    throw new AssertionError(e);
                }
            });
            wakeUp.signal();
            assertThat(waiting.join()).isTrue();
        }
    }

    @Test
    void passedDeadline_isATimeoutAndNoFailureToWait() throws Exception {
        try (var wakeUp = new WakeUp()) {
            assertThat(Poll.readable(wakeUp.fd(), Deadline.in(Duration.ofMillis(3))))
                    .isFalse();
            assertThat(Poll.readable(List.of(), Deadline.in(Duration.ofMillis(3))))
                    .isEmpty();
            assertThatThrownBy(() -> Poll.await(wakeUp.fd(), Poll.Event.READABLE, Deadline.now()))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ETIMEDOUT));
            Poll.await(wakeUp.fd(), Poll.Event.WRITABLE, Deadline.now());
        }
    }

    @Test
    void signalledManyTimes_isOneSignal() throws Exception {
        try (var wakeUp = new WakeUp()) {
            for (int i = 0; i < 100; i++) {
                wakeUp.signal();
            }
            assertThat(wakeUp.clear()).isTrue();
            assertThat(wakeUp.clear()).isFalse();
        }
    }

    @Test
    void closedDescriptor_isRefused() throws Exception {
        var wakeUp = new WakeUp();
        wakeUp.close();
        assertThatThrownBy(() -> Poll.readable(wakeUp.fd(), Deadline.now())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void deadline_knowsWhatIsLeft() {
        assertThat(Deadline.never().millisLeft()).isEqualTo(-1);
        assertThat(Deadline.never().isPassed()).isFalse();
        assertThat(Deadline.now().millisLeft()).isZero();
        assertThat(Deadline.now().isPassed()).isTrue();
        assertThat(Deadline.in(Duration.ofDays(1)).millisLeft()).isBetween(86_000_000, 86_400_000);
        assertThat(Deadline.in(Duration.ofDays(400)).millisLeft()).isEqualTo(Integer.MAX_VALUE);
        assertThatThrownBy(() -> Deadline.in(Duration.ofNanos(-1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Deadline.in(Duration.ofSeconds(Long.MAX_VALUE)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
