package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Digest;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/// `mvm node` and `mvm net`.
final class NodeCommandTest extends CommandTest {
    @Test
    void nodesSecurity_isATableAndForProgramsAList() {
        var findings = "[{\"name\":\"no dumps\",\"holds\":true,\"found\":\"no core files\"},"
                + "{\"name\":\"jailer\",\"holds\":false,\"found\":\"/usr/lib/mvm/jailer: openat2: ENOENT\"}]";
        answer("GET /v1/nodes/n-1", "{\"node\":\"n-1\",\"security\":" + findings + "}");
        assertThat(mvm("node", "info", "n-1", "--security").out()).isEqualTo("""
                no dumps  yes  no core files
                jailer    no   /usr/lib/mvm/jailer: openat2: ENOENT
                """);
        assertThat(mvm("node", "info", "n-1", "--security", "--json").out()).isEqualToIgnoringWhitespace(findings);
    }

    @Test
    void networksOfANode_areALineForEachThing_andOneThatIsWrongIsAStatus() {
        var well = "[{\"name\":\"rules\",\"holds\":true,\"found\":\"17 as signed\"}]";
        answer("GET /v1/nodes", "{\"nodes\":[{\"node\":\"n-1\"}]}");
        answer("POST /v1/nodes/n-1:verifyNetworks", "{\"findings\":" + well + "}");
        var result = mvm("net", "verify");
        assertThat(result.out()).isEqualTo("ok  rules  17 as signed\n");
        assertThat(result.status()).isZero();
        assertThat(requests).last().asString().contains("{\"deep\":false}");
        assertThat(mvm("net", "verify", "--json", "n-1").out()).isEqualToIgnoringWhitespace(well);

        var ill = "[{\"name\":\"tn0i3\",\"found\":\"missing\"},{\"name\":\"rules\",\"holds\":true,\"found\":\"x\"}]";
        answer("POST /v1/nodes/n-1:verifyNetworks", "{\"findings\":" + ill + "}");
        result = mvm("net", "verify", "--deep");
        assertThat(result.out()).isEqualTo("wrong  tn0i3  missing\nok     rules  x\n");
        assertThat(result.status()).isEqualTo(1);
        assertThat(requests).last().asString().contains("{\"deep\":true}");
    }

    @Test
    void nodeEnrol_sendsTheKeyAndComparesItsName() throws Exception {
        var file = dir.resolve("node.pub");
        var key = "A".repeat(43) + "=";
        var name = "x25519:" + Digest.of(new byte[32]).hex();
        Files.writeString(file, key + " " + name + "\n");
        answer("POST /v1/nodes/n-1:enrolKey", "{\"node\":\"n-1\",\"node_key\":\"" + name + "\"}");
        assertThat(mvm("node", "enrol", "n-1", "--node-key", file.toString()).out())
                .isEqualTo("n-1  has the key " + name + "\n");
        assertThat(requests.getLast()).contains("{\"node_key\":\"" + key + "\"}");
        requests.clear();
        Files.writeString(file, key + " x25519:cd\n");
        assertThat(mvm("node", "enrol", "n-1", "--node-key", file.toString()).err())
                .contains(", not x25519:cd as written there");
        assertThat(requests).isEmpty();
        assertThat(mvm("node", "enrol", "n-1", "--node-key", dir.resolve("none").toString())
                        .status())
                .isEqualTo(1);
    }
}
