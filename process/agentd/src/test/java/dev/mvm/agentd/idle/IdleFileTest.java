package dev.mvm.agentd.idle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.plan.Policy;
import dev.mvm.agentd.plan.StepReason;
import dev.mvm.hostd.registry.MemoryFiles;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The file outlives the agent that wrote it: a later one reads these words.
final class IdleFileTest {
    private static final String GOLDEN =
            "{\"i-00000001\":\"warm\",\"i-00000002\":\"asleep\",\"i-00000003\":\"pressed\"}";
    private static final Map<InstanceId, Policy.IdleTarget> SET = Map.of(
            InstanceId.of(1), new Policy.IdleTarget(InstanceState.WARM, StepReason.IDLE),
            InstanceId.of(2), new Policy.IdleTarget(InstanceState.SLEEPING, StepReason.IDLE),
            InstanceId.of(3), new Policy.IdleTarget(InstanceState.SLEEPING, StepReason.PRESSURE));

    private final MemoryFiles files = new MemoryFiles();

    @Test
    void idleSet_isWrittenInTheseWords() throws Exception {
        new IdleFile(files).write(SET);
        assertThat(files.content).containsOnlyKeys("resting.json");
        assertThat(new String(files.content.get("resting.json"), UTF_8)).isEqualTo(GOLDEN);
    }

    @Test
    void idleSet_isReadFromTheseWords() throws Exception {
        files.put("resting.json", GOLDEN.getBytes(UTF_8));
        assertThat(new IdleFile(files).read()).isEqualTo(SET);
    }

    /// Of a later agent, or damaged: those instances run by the counts of their pools.
    @Test
    void otherWords_areLeftOut_andADamagedFileIsEmpty() throws Exception {
        files.put("resting.json", "{\"i-00000001\":\"hibernating\",\"i-00000002\":\"warm\"}".getBytes(UTF_8));
        assertThat(new IdleFile(files).read()).containsOnlyKeys(InstanceId.of(2));
        files.put("resting.json", "{\"../manual\":\"warm\"}".getBytes(UTF_8));
        assertThat(new IdleFile(files).read()).isEmpty();
    }
}
