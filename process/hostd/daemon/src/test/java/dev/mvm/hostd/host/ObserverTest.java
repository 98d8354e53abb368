package dev.mvm.hostd.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.InstanceId;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import org.junit.jupiter.api.Test;

/// Reports to the agent on an instance's use of the node.
final class ObserverTest {
    private static final HostOperation.Observe NOW = new HostOperation.Observe(0, 0);

    private final HostFixture fixture = new HostFixture();
    private final InstanceId id = fixture.running();

    private final Observer observer = fixture.observer(new Changes());

    private Observation.Usage usage() throws Exception {
        var seen = observer.report(observer.await(NOW));
        return seen.instances().getFirst().usage();
    }

    @Test
    void whatRuns_isTold_andWhatDoesNotHasUsedNothing() throws Exception {
        assertThat(usage()).isEqualTo(new Observation.Usage(420, 99, 0));
        fixture.done(new HostOperation.PauseInstance(id));
        assertThat(usage()).isEqualTo(Observation.Usage.NONE);
    }

    @Test
    void howOftenARestingGuestIsAskedFor_isTold_andOfARunningOneNothing() throws Exception {
        var slot = fixture.registry.find(id).orElseThrow().slot();
        fixture.networks.ask(slot);
        fixture.networks.ask(new Slot(slot.net(), slot.offset() + 1));
        assertThat(usage().asked()).as("it runs, and answers for itself").isZero();
        fixture.done(new HostOperation.PauseInstance(id));
        assertThat(usage().asked()).isOne();
        fixture.networks.ask(slot);
        assertThat(usage().asked()).isEqualTo(2);
    }
}
