package dev.mvm.hostd.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.InstanceId;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        assertThat(usage()).isEqualTo(new Observation.Usage(420, 99, 0, OptionalLong.empty()));
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

    @Test
    void memoryOfWhatIsInMemory_andThePressureOfAll_areTold(@TempDir Path slice) throws Exception {
        var cgroup = Files.createDirectory(slice.resolve("vm-" + id));
        Files.writeString(cgroup.resolve("memory.current"), "4096\n");
        Files.writeString(slice.resolve("memory.pressure"), "some avg10=0.07 avg60=0.00 avg300=0.00 total=1\n");
        fixture.memory = new MemoryUse(slice);
        var seeing = fixture.observer(new Changes());
        assertThat(seeing.report(seeing.await(NOW)).pressure()).hasValue(7);
        assertThat(memory(seeing)).hasValue(4096);
        fixture.done(new HostOperation.PauseInstance(id));
        assertThat(memory(seeing)).as("it is Warm").hasValue(4096);
        fixture.done(new HostOperation.ResumeInstance(id));
        fixture.perform(new HostOperation.StopInstance(id, 0));
        assertThat(memory(seeing)).as("another may have that cgroup now").isEmpty();
    }

    private static OptionalLong memory(Observer observer) throws Exception {
        return observer.report(observer.await(NOW))
                .instances()
                .getFirst()
                .usage()
                .memoryBytes();
    }
}
