package dev.mvm.agentd.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.hostd.FakeHostd;
import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Who is told of what hostd has, and when.
final class ObservedTest {
    private final FakeHostd hostd = new FakeHostd();
    private final InstanceId id = hostd.fixture.running();

    @Test
    void restingGuestThatIsAskedFor_isNews_thoughNothingHasChanged() throws Exception {
        var told = new AtomicInteger();
        var observed = new Observed(hostd, _ -> {});
        observed.listen(told::incrementAndGet);
        hostd.fixture.done(new HostOperation.PauseInstance(id));
        observed.refresh();
        observed.refresh();
        assertThat(told).hasValue(1);
        hostd.fixture.networks.ask(hostd.fixture.registry.find(id).orElseThrow().slot());
        observed.refresh();
        assertThat(told).hasValue(2);
    }

    /// The kernel tells nobody of a packet that asks for one which rests.
    @Test
    void whileAnybodyRests_itLooksOften_andElseItWaits() {
        var waits = new ArrayList<Integer>();
        var asked = new Hostd() {
            @Override
            public HostReply call(HostOperation operation) throws IOException {
                waits.add(((HostOperation.Observe) operation).waitMillis());
                switch (waits.size()) {
                    case 2 -> hostd.fixture.done(new HostOperation.PauseInstance(id));
                    case 3 -> Thread.currentThread().interrupt();
                    default -> {}
                }
                return hostd.call(new HostOperation.Observe(0, 0));
            }

            @Override
            public Exec exec(InstanceId instance, ExecRequest request) {
                throw new AssertionError("looking runs no program");
            }
        };
        new Observed(asked, _ -> {}).run();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(waits).containsExactly(30_000, 30_000, 1_000);
    }
}
