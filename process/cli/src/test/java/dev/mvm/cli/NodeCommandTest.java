package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.crypto.verify.VerifyKey;
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

    /// A public key of RFC 8032 section 7.1.
    private static final String KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    private static final String NAME = VerifyKey.ofBase64(KEY).id().value();
    private static final String PIN = "sha256:" + "1".repeat(64);

    private String keyFile(String line) throws Exception {
        return Files.writeString(dir.resolve("node.pub"), line).toString();
    }

    private CommandRun init(String file, String keyFile) {
        return mvm("node", "init", "n-1", file, "--node-key", keyFile, "--pin", PIN);
    }

    /// The whole way of a document, without a network until it is published.
    @Test
    void nodeDocument_isWrittenSignedPublishedRotatedAndRevoked() throws Exception {
        var file = dir.resolve("node.json").toString();
        assertThat(init(file, keyFile(KEY + " " + NAME + "\n")).out())
                .isEqualTo(file + "  node n-1, version 1: key " + NAME + ", not signed yet\n");
        assertThat(mvm("signing-key", "new", dir.resolve("node.key").toString(), "--plain")
                        .status())
                .isZero();
        assertThat(mvm("node", "sign", file, "--key", dir.resolve("node.key").toString())
                        .out())
                .startsWith(file + ".dsse  signed by ");
        assertThat(requests).isEmpty();
        answer("POST /v1/node-documents", "{\"node\":\"n-1\",\"version\":1,\"node_key\":\"" + NAME + "\"}");
        assertThat(mvm("node", "publish", file + ".dsse").out())
                .isEqualTo("n-1  version 1, has the key " + NAME + "\n");
        assertThat(requests.getLast()).contains("\"envelope\":\"");

        var other = "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";
        var next = dir.resolve("node-2.json").toString();
        assertThat(mvm("node", "rotate", file + ".dsse", next, "--node-key", keyFile(other))
                        .out())
                .startsWith("! node key " + NAME + " -> ed25519:")
                .contains("\n" + next + "  node n-1, version 2: key ed25519:");
        var last = dir.resolve("node-3.json").toString();
        assertThat(mvm("node", "revoke", next, last).out())
                .startsWith("! node key ed25519:")
                .endsWith(" -> none\n" + last + "  node n-1, version 3: NO KEY, not signed yet\n");
        answer("POST /v1/node-documents", "{\"node\":\"n-1\",\"version\":3}");
        assertThat(mvm("node", "publish", file + ".dsse").out()).isEqualTo("n-1  version 3, gets no tenant keys\n");
    }

    @Test
    void fileThatIsNoNodeKey_isRefusedInOneLine() throws Exception {
        var file = dir.resolve("node.json").toString();
        assertThat(init(file, keyFile(KEY + " ed25519:cd\n")).err()).contains(", not ed25519:cd as written there");
        for (var bad : new String[] {"", "AAAA", "x".repeat(44), KEY + " " + NAME + " more", "A".repeat(43) + "="}) {
            var result = init(file, keyFile(bad));
            assertThat(result.status()).isEqualTo(1);
            assertThat(result.err()).contains("no node key in ").hasLineCount(1);
        }
        assertThat(init(file, dir.resolve("none").toString()).status()).isEqualTo(1);
        assertThat(dir.resolve("node.json")).doesNotExist();
        assertThat(mvm("node", "init", "n-1", file, "--node-key", keyFile(KEY), "--pin", PIN, "--days", "0")
                        .err())
                .contains("days out of range");
    }

    @Test
    void nodeDocuments_areATable() {
        answer(
                "GET /v1/node-documents?node=n-1",
                "{\"documents\":[{\"node\":\"n-1\",\"version\":1,\"expires\":\"2027-01-01T00:00:00Z\",\"node_key\":\"ed25519:ab\"},"
                        + "{\"node\":\"n-1\",\"version\":2,\"expires\":\"2027-02-01T00:00:00Z\"}]}");
        assertThat(mvm("node", "documents", "n-1").out()).isEqualTo("""
                n-1  1  2027-01-01T00:00:00Z  ed25519:ab
                n-1  2  2027-02-01T00:00:00Z  none
                """);
    }
}
