package dev.mvm.linux.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.fd.OpenDescriptors;
import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.linux.netlink.BridgedPair;
import java.io.IOException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NftablesTest {
    private static final int OPEN = 7000;
    private static final int CLOSED = 7001;

    /// A filter on the bridge: port 7001 is dropped and counted.
    private static final String FILTER = """
            {"nftables": [
              {"add": {"table": {"family": "bridge", "name": "mvm"}}},
              {"add": {"chain": {"family": "bridge", "table": "mvm", "name": "forward",
                "type": "filter", "hook": "forward", "prio": 0, "policy": "accept"}}},
              {"add": {"rule": {"family": "bridge", "table": "mvm", "chain": "forward", "expr": [
                {"match": {"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": 7001}},
                {"counter": null},
                {"drop": null}]}}}
            ]}
            """;

    private final Nftables nftables;

    NftablesTest() throws Exception {
        nftables = new Nftables();
    }

    @Test
    void allowedFlow_passesAndDroppedFlowDoesNot() throws Exception {
        try (var pair = new BridgedPair();
                var from = pair.udp(pair.left, 7777);
                var open = pair.udp(pair.right, OPEN);
                var closed = pair.udp(pair.right, CLOSED)) {
            BridgedPair.probe(from, BridgedPair.RIGHT, open, "before");
            BridgedPair.probe(from, BridgedPair.RIGHT, closed, "before");

            apply(pair.middle, FILTER);
            BridgedPair.send(from, BridgedPair.RIGHT, CLOSED, "dropped");
            BridgedPair.send(from, BridgedPair.RIGHT, CLOSED, "dropped");
            BridgedPair.probe(from, BridgedPair.RIGHT, open, "allowed");
            assertThat(dropped(pair.middle)).isEqualTo(2);

            apply(pair.middle, delete("mvm"));
            assertThat(BridgedPair.probe(from, BridgedPair.RIGHT, closed, "after"))
                    .doesNotContain("dropped");
        }
    }

    private int dropped(NetworkNamespace namespace) throws IOException {
        var counter = Pattern.compile("\"counter\": *\\{\"packets\": *(\\d+)").matcher(ruleset(namespace));
        assertThat(counter.find()).isTrue();
        return Integer.parseInt(counter.group(1));
    }

    @Test
    void documentWithOneFault_changesNothing() throws Exception {
        try (var namespace = NetworkNamespace.create()) {
            apply(namespace, FILTER);
            var before = ruleset(namespace);
            for (var fault : new String[] {
                "{\"add\": {\"chain\": {\"family\": \"bridge\", \"table\": \"none\", \"name\": \"x\"}}}",
                "{\"delete\": {\"table\": {\"family\": \"bridge\", \"name\": \"none\"}}}",
                "{\"add\": {\"table\": {\"family\": \"bogus\", \"name\": \"x\"}}}",
                "{\"add\": {\"rule\": {\"family\": \"bridge\", \"table\": \"mvm\", \"chain\": \"forward\"}}}"
            }) {
                var document = "{\"nftables\": [{\"delete\": {\"table\": {\"family\": \"bridge\", \"name\": \"mvm\"}}},"
                        + "{\"add\": {\"table\": {\"family\": \"ip\", \"name\": \"other\"}}}," + fault + "]}";
                assertThatThrownBy(() -> apply(namespace, document))
                        .isInstanceOf(LibraryException.class)
                        .hasMessageStartingWith("nft_run_cmd_from_buffer: ");
                assertThat(ruleset(namespace)).isEqualTo(before);
            }
        }
    }

    @Test
    void refusal_isOneLineOfTheLibrarys() throws Exception {
        try (var namespace = NetworkNamespace.create()) {
            assertThatThrownBy(() -> apply(namespace, delete("none")))
                    .isInstanceOf(LibraryException.class)
                    .hasMessageContaining("No such file or directory")
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
        }
    }

    @Test
    void commandsOfNft_areTaken() throws Exception {
        try (var namespace = NetworkNamespace.create()) {
            apply(namespace, "define link = \"tn*\"\nadd table ip mvm\nadd set ip mvm links { type ifname; }\n");
            assertThat(ruleset(namespace)).contains("\"name\": \"links\"");
        }
    }

    @Test
    void commandsWithOneFault_changeNothing() throws Exception {
        try (var namespace = NetworkNamespace.create()) {
            assertThatThrownBy(() -> apply(namespace, "add table ip x\nadd chain ip none y\n"))
                    .isInstanceOf(LibraryException.class);
            assertThat(ruleset(namespace)).doesNotContain("\"table\":");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{}",
                "{\"nftables\": 1}",
                "{\"nftables\": [{\"add\"",
                "{\"nftables\": [{\"include\": \"/etc/passwd\"}]}",
                "{ add table ip x }",
                "{}\nadd table ip x",
                "{\"nftables\": []}\nadd table ip x"
            })
    void brokenDocument_changesNothing(String text) throws Exception {
        try (var namespace = NetworkNamespace.create()) {
            assertThatThrownBy(() -> apply(namespace, text)).isInstanceOf(LibraryException.class);
            assertThat(ruleset(namespace)).doesNotContain("\"table\":");
        }
    }

    @Test
    void ruleset_isThatOfTheThreadsNamespace() throws Exception {
        try (var one = NetworkNamespace.create();
                var other = NetworkNamespace.create()) {
            apply(one, FILTER);
            assertThat(ruleset(one)).startsWith("{\"nftables\": [").contains("\"name\": \"mvm\"", "\"right\": 7001");
            assertThat(ruleset(other)).doesNotContain("mvm");
        }
    }

    @Test
    void contexts_areFreed() throws Exception {
        try (var namespace = NetworkNamespace.create()) {
            apply(namespace, FILTER);
            var before = OpenDescriptors.now();
            for (int i = 0; i < 50; i++) { // each context has a netlink socket
                assertThat(ruleset(namespace)).contains("mvm");
                assertThatThrownBy(() -> apply(namespace, delete("none"))).isInstanceOf(LibraryException.class);
            }
            assertThat(OpenDescriptors.now()).isEqualTo(before);
        }
    }

    private void apply(NetworkNamespace namespace, String json) throws IOException {
        var _ = namespace.call(() -> {
            nftables.apply(json);
            return true;
        });
    }

    private String ruleset(NetworkNamespace namespace) throws IOException {
        return namespace.call(() -> nftables.apply("list ruleset"));
    }

    private static String delete(String table) {
        return "{\"nftables\": [{\"delete\": {\"table\": {\"family\": \"bridge\", \"name\": \"" + table + "\"}}}]}";
    }
}
