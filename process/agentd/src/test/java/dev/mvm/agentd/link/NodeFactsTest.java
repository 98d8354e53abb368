package dev.mvm.agentd.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.NodeId;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Facts of a node about itself.
final class NodeFactsTest {
    @Test
    void thisMachine_hasMemoryAndAName() {
        var facts = NodeFacts.read(new NodeId("n-1"));
        assertThat(facts.memMib()).isPositive();
        assertThat(facts.hostname()).isNotEmpty();
    }

    @Test
    void memory_isThatOfAllNodes_whereProcHasProcessesOnly(@TempDir Path nodes) throws Exception {
        for (int i = 0; i < 2; i++) {
            Files.writeString(
                    Files.createDirectory(nodes.resolve("node" + i)).resolve("meminfo"),
                    "Node " + i + " MemTotal:       2097152 kB\nNode " + i + " MemFree:        1048576 kB\n");
        }
        Files.createDirectory(nodes.resolve("power"));
        assertThat(NodeFacts.memory(NodeFacts.nodes(nodes))).isEqualTo(4096);
        assertThat(NodeFacts.memory(NodeFacts.nodes(nodes.resolve("none")))).isZero();
        assertThat(NodeFacts.memory("MemTotal:        1024 kB\n")).isEqualTo(1);
    }
}
