package dev.mvm.hostd.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.InstanceId;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import java.util.List;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// What the agent is told of an instance's use of the node.
final class ObserverTest {
    private final HostFixture fixture = new HostFixture();
    private final InstanceId id = fixture.running();

    private final Changes changes = new Changes();
    private final Observer observer = new Observer(
            fixture.trust,
            fixture.registry,
            fixture.networks,
            fixture.machines,
            changes,
            fixture.audit,
            "dev",
            List.of());

    private Observation.Usage usage() throws InterruptedException {
        return usage(observer.observe(new HostOperation.Observe(0, 0)));
    }

    private static Observation.Usage usage(Observation seen) {
        return seen.instances().getFirst().usage();
    }

    @Test
    void whatRuns_isTold_andWhatDoesNotHasUsedNothing() throws Exception {
        assertThat(usage()).isEqualTo(new Observation.Usage(420, 99, 0));
        fixture.done(new HostOperation.PauseInstance(id));
        assertThat(usage()).isEqualTo(Observation.Usage.NONE);
    }

    /// Nobody tells hostd of the packet that asks for it: whoever waits for a change hears of it all the same.
    @Test
    void restingGuestThatIsAskedFor_isAChange_andARunningOneIsNot() throws Exception {
        var slot = fixture.registry.find(id).orElseThrow().slot();
        fixture.networks.ask(slot);
        assertThat(usage().asked()).as("it runs, and answers for itself").isZero();
        fixture.done(new HostOperation.PauseInstance(id));
        assertThat(usage().asked()).isOne();
        var before = observer.observe(new HostOperation.Observe(0, 0));
        var others = new Slot(slot.net(), slot.offset() + 1);
        fixture.networks.ask(others);
        var quiet = observer.observe(new HostOperation.Observe(before.change(), 1));
        assertThat(quiet.change()).isEqualTo(before.change());
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var next = threads.submit(() -> observer.observe(new HostOperation.Observe(before.change(), 60_000)));
            fixture.networks.ask(slot);
            assertThat(usage(next.get()).asked()).isEqualTo(2);
            assertThat(next.get().change()).isGreaterThan(before.change());
        }
    }
}
