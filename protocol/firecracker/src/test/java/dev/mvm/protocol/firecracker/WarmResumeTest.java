package dev.mvm.protocol.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.FirecrackerVersion;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WarmResumeTest {
    private static final VmmPath STATE = new VmmPath("/snap/resume");
    private static final VmmPath MEMORY = new VmmPath("/snap/none/memory");
    private static final Answer<NoContent> DONE = new Answer.Value<>(NoContent.DONE);

    private static List<WarmResume.Step> plan(String version) {
        return WarmResume.plan(FirecrackerVersion.parse(version), STATE, MEMORY);
    }

    private static Answer<NoContent> fault(String message) {
        return new Answer.Fault<>(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.14.4", "1.15.0", "1.15.1", "1.17.0-dev", "1.17.0", "2.0.0"})
    void versionWithoutTheGate_resumesPlainly(String version) {
        assertThat(plan(version)).extracting(WarmResume.Step::command).containsExactly(new Command.Resume());
        assertThat(plan(version).getFirst().goesOn(DONE)).isTrue();
        assertThat(plan(version)
                        .getFirst()
                        .goesOn(fault("The requested operation is not supported before starting the microVM.")))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.16.0", "1.16.1"})
    void versionWithTheGate_asksForASnapshotThatFailsAtTheMemoryFile(String version) {
        var plan = plan(version);
        assertThat(plan)
                .extracting(WarmResume.Step::command)
                .containsExactly(new Command.CreateSnapshot(STATE, MEMORY), new Command.Resume());
        var wanted = "Create snapshot error: Cannot perform open on the memory backing file: No such file";
        assertThat(plan.getFirst().goesOn(fault(wanted))).isTrue();
        for (var other : List.of(
                "",
                "x" + wanted,
                "Create snapshot error: Cannot perform open on the snapshot backing file: x",
                "Create snapshot error: Cannot write memory file: x")) {
            assertThat(plan.getFirst().goesOn(fault(other))).isFalse();
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
