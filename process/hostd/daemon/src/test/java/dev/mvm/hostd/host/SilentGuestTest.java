package dev.mvm.hostd.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.policy.Refusal;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// A guest that lets every ping wait.
final class SilentGuestTest {
    private final HostFixture fixture = HostFixture.withSnapshots();

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// Whatever an operator wants done to the instance is done meanwhile.
    @Test
    void pingThatWaits_holdsUpNoOperation() throws Exception {
        var id = fixture.running();
        var asked = new CountDownLatch(1);
        var answer = new CountDownLatch(1);
        fixture.machines.pinging = () -> {
            asked.countDown();
            await(answer);
        };
        try (ExecutorService agent = Executors.newSingleThreadExecutor()) {
            var ping = agent.submit(() -> fixture.perform(new HostOperation.GuestPing(id)));
            await(asked);
            assertThat(fixture.perform(new HostOperation.GuestPing(id)))
                    .as("a second one takes no second thread")
                    .isEqualTo(Refusal.BUSY.reply());
            fixture.done(new HostOperation.PauseInstance(id));
            fixture.done(new HostOperation.ResumeInstance(id));
            fixture.done(new HostOperation.SleepInstance(id, false));
            fixture.done(new HostOperation.WakeInstance(id));
            assertThat(fixture.perform(new HostOperation.StopInstance(id, 0))).isInstanceOf(HostReply.Ended.class);
            assertThat(fixture.stateOf(id)).contains(InstanceState.STOPPED);
            fixture.done(new HostOperation.DestroyInstance(id));
            answer.countDown();
            assertThat(ping.get(1, TimeUnit.MINUTES)).isEqualTo(Refusal.GUEST_UNREACHABLE.reply());
        }
    }
}
