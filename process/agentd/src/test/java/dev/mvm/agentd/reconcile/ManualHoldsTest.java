package dev.mvm.agentd.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.registry.MemoryFiles;
import dev.mvm.model.InstanceId;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// The file outlives the agent that wrote it.
final class ManualHoldsTest {
    private static final String GOLDEN = "{\"i-00000001\":1780315200,\"i-00000002\":1780318800}";
    private static final Instant FIRST = Instant.parse("2026-06-01T12:00:00Z");
    private static final Instant SECOND = Instant.parse("2026-06-01T13:00:00Z");

    private final MemoryFiles files = new MemoryFiles();

    @Test
    void holds_areWrittenAsSecondsSince1970() throws Exception {
        var holds = ManualHolds.open(files);
        holds.hold(InstanceId.of(2), SECOND);
        holds.hold(InstanceId.of(1), FIRST);
        assertThat(files.content).containsOnlyKeys("manual.json");
        assertThat(new String(files.content.get("manual.json"), UTF_8)).isEqualTo(GOLDEN);
    }

    @Test
    void holds_areReadFromThem() throws Exception {
        files.put("manual.json", GOLDEN.getBytes(UTF_8));
        var holds = ManualHolds.open(files);
        assertThat(holds.until(InstanceId.of(1))).contains(FIRST);
        assertThat(holds.until(InstanceId.of(2))).contains(SECOND);
        assertThat(holds.held(FIRST)).containsExactly(InstanceId.of(2));
    }
}
