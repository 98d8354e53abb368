package dev.mvm.hostd.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostOperation;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// hostd dies at every effect of every operation, and starts again.
final class CrashTest {
    private static final InstanceId ID = new InstanceId("i-00000001");

    private static final List<Function<HostFixture, List<HostOperation>>> SCENARIOS = List.of(
            _ -> List.of(new HostOperation.StopInstance(ID, 10)),
            fixture -> {
                fixture.machines.guestPowersOff = false;
                return List.of(new HostOperation.StopInstance(ID, 10));
            },
            _ -> List.of(new HostOperation.PauseInstance(ID), new HostOperation.ResumeInstance(ID)),
            _ -> List.of(new HostOperation.PauseInstance(ID), new HostOperation.StopInstance(ID, 10)),
            _ -> List.of(new HostOperation.DestroyInstance(ID)),
            _ -> List.of(
                    new HostOperation.StopInstance(ID, 10),
                    new HostOperation.AttachDrives(ID),
                    new HostOperation.StartInstance(ID)),
            _ -> List.of(new HostOperation.SleepInstance(ID, false), new HostOperation.WakeInstance(ID)),
            _ -> List.of(
                    new HostOperation.PauseInstance(ID),
                    new HostOperation.SleepInstance(ID, false),
                    new HostOperation.StopInstance(ID, 0)),
            _ -> List.of(new HostOperation.SleepInstance(ID, true), new HostOperation.DestroyInstance(ID)));

    @Test
    @Tag("claim-H5")
    void afterAnyCrash_recordsAreTrueAndNothingIsLeftOver() {
        int crashes = 0;
        for (var scenario : SCENARIOS) {
            for (int steps = 0; ; steps++) {
                var fixture = HostFixture.withSnapshots();
                fixture.running();
                var operations = scenario.apply(fixture);
                fixture.machines.crashAfter(steps);
                boolean crashed = perform(fixture, operations);
                if (!crashed) {
                    break;
                }
                crashes++;
                fixture.start();
                truthful(fixture);
                assertReceipts(fixture);
            }
        }
        assertThat(crashes).isGreaterThan(35);
    }

    /// The write ahead of each effect can be the last thing that hostd did, too.
    @Test
    @Tag("claim-H5")
    void crashAtAnyWrite_isTheSame() {
        int crashes = 0;
        for (var scenario : SCENARIOS) {
            for (int writes = 0; ; writes++) {
                var fixture = HostFixture.withSnapshots();
                fixture.running();
                var operations = scenario.apply(fixture);
                fixture.registryFiles.crashAfter(writes);
                boolean crashed = perform(fixture, operations);
                fixture.registryFiles.crashAfter(Integer.MAX_VALUE);
                if (!crashed) {
                    break;
                }
                crashes++;
                fixture.start();
                truthful(fixture);
                assertReceipts(fixture);
            }
        }
        assertThat(crashes).isGreaterThan(35);
    }

    private static boolean perform(HostFixture fixture, List<HostOperation> operations) {
        try {
            operations.forEach(fixture::perform);
            return false;
        } catch (FakeMachines.Crash e) {
            return true;
        }
    }

    private static void truthful(HostFixture fixture) {
        for (var record : fixture.registry.all()) {
            assertThat(record.intent()).isEmpty();
            var id = record.address().instance();
            if (record.holdsMemory()) {
                assertThat(fixture.machines.state(id)).contains(record.state());
                assertThat(record.vm()).isPresent();
            } else {
                assertThat(fixture.machines.alive()).doesNotContain(id);
                assertThat(record.state()).isIn(InstanceState.READY, InstanceState.STOPPED, InstanceState.SLEEPING);
            }
            if (record.state() == InstanceState.SLEEPING) {
                assertThat(record.sleep().mayWake()).isTrue();
                assertThat(fixture.machines.snapshots)
                        .containsEntry(id, record.sleep().epoch());
            } else {
                assertThat(fixture.machines.snapshots).doesNotContainKey(id);
            }
        }
        assertThat(fixture.registry.all().stream().map(InstanceRecord::address).map(a -> a.instance()))
                .containsAll(fixture.machines.alive());
    }

    /// An instance that is gone has its receipt, and one that is there has none.
    private static void assertReceipts(HostFixture fixture) {
        boolean gone = fixture.registry.find(ID).isEmpty();
        assertThat(String.join("", fixture.audited()).contains("\"destroy_instance\""))
                .isEqualTo(gone);
    }
}
