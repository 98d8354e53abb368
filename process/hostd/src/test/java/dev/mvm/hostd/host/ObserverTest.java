package dev.mvm.hostd.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.InstanceId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the agent is told of an instance's use of the node.
final class ObserverTest {
    private final HostFixture fixture = new HostFixture();
    private final InstanceId id = fixture.running();

    private Observation.Usage usage() throws InterruptedException {
        var observer = new Observer(
                fixture.trust,
                fixture.registry,
                fixture.networks,
                fixture.machines,
                new Changes(),
                fixture.audit,
                "dev",
                List.of());
        return observer.observe(new HostOperation.Observe(0, 0))
                .instances()
                .getFirst()
                .usage();
    }

    @Test
    void whatRuns_isTold_andWhatDoesNotHasUsedNothing() throws Exception {
        assertThat(usage()).isEqualTo(new Observation.Usage(420, 99));
        fixture.done(new HostOperation.PauseInstance(id));
        assertThat(usage()).isEqualTo(Observation.Usage.NONE);
    }
}
