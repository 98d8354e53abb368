package dev.mvm.protocol.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WarmResumeTest {
    private static final VmmPath STATE = new VmmPath("/snap/resume");
    private static final VmmPath MEMORY = new VmmPath("/snap/none/memory");
    private static final Answer<Done> DONE = new Answer.Value<>(Done.DONE);

    private static List<WarmResume.Step> plan(String version) {
        return WarmResume.plan(FirecrackerVersion.parse(version), STATE, MEMORY);
    }

    private static Answer<Done> fault(FaultKind kind) {
        return new Answer.Fault<>(kind, "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.14.4", "1.15.0", "1.15.1", "1.17.0-dev", "1.17.0", "2.0.0"})
    void versionWithoutTheGate_resumesPlainly(String version) {
        assertThat(plan(version)).extracting(WarmResume.Step::command).containsExactly(new Command.Resume());
        assertThat(plan(version).getFirst().goesOn(DONE)).isTrue();
        assertThat(plan(version).getFirst().goesOn(fault(FaultKind.NOT_STARTED)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.16.0", "1.16.1"})
    void versionWithTheGate_asksForASnapshotThatFailsAtTheMemoryFile(String version) {
        var plan = plan(version);
        assertThat(plan)
                .extracting(WarmResume.Step::command)
                .containsExactly(new Command.CreateSnapshot(STATE, MEMORY), new Command.Resume());
        for (var kind : FaultKind.values()) {
            assertThat(plan.getFirst().goesOn(fault(kind))).isEqualTo(kind == FaultKind.SNAPSHOT_MEMORY_FILE);
        }
        assertThat(plan.getLast().goesOn(DONE)).isTrue();
    }

    @Test
    void snapshotThatSucceeds_endsThePlan() {
        assertThat(plan("1.16.1").getFirst().goesOn(DONE)).isFalse();
    }

    @Test
    void noAnswer_endsThePlan() {
        for (var step : plan("1.16.1")) {
            assertThat(step.goesOn(new Answer.Broken<>(Answer.Reason.TIMED_OUT)))
                    .isFalse();
        }
    }
}
