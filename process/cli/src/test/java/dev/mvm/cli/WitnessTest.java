package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A coordinator that shows different logs to different parties is detected when they compare heads.
final class WitnessTest {
    @TempDir
    Path dir;

    private final Ceremony ceremony = new Ceremony();
    private final StateHistory history = StateHistory.usual(ceremony);
    private String pin = "";

    @BeforeEach
    void root_isKnown() throws Exception {
        var root = Payloads.of(ceremony.rootDocument(1));
        Files.write(dir.resolve("root.dsse"), Ceremony.signed(DocumentType.ROOT, root, ceremony.rootKey));
        pin = Digest.of(root).value();
    }

    /// @ in a line is the test's directory.
    private CommandRun witness(Path settings, String line) {
        var words = "witness @kept --root @root.dsse --pin " + pin + " " + line;
        return CommandRun.of(settings, words.strip().replace("@", dir + "/").split(" "));
    }

    private CommandRun witness(String line) {
        return witness(dir.resolve("none"), line);
    }

    private String agreed(CommandRun run) {
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        return run.out();
    }

    private void found(CommandRun run, String why) {
        assertThat(run.err()).startsWith("mvm: ").contains(why).hasLineCount(1);
        assertThat(run.status()).isEqualTo(1);
    }

    private void write(String name, byte[] content) throws Exception {
        Files.write(dir.resolve(name), content);
    }

    private byte[] kept() throws Exception {
        return Files.readAllBytes(dir.resolve("kept/head.dsse"));
    }

    private String evidence(int older, int newer) throws Exception {
        return Files.readString(dir.resolve("kept/evidence-" + older + "-" + newer + ".json"));
    }

    /// A log that is equal up to `common` states and then differs.
    private StateHistory other(int common, int more) {
        var other = new StateHistory(ceremony);
        other.states.addAll(history.states.subList(0, common));
        other.leaves.addAll(history.leaves.subList(0, common));
        for (int i = 0; i < more; i++) {
            other.state(StateHistory.B, 9 - i);
        }
        return other;
    }

    @Test
    void newerHeads_areKept_whenTheyContinueTheOlder() throws Exception {
        write("five", history.head(5));
        assertThat(agreed(witness("@five"))).contains("ok: 1 heads of one log, 5 states");
        assertThat(kept()).isEqualTo(history.head(5));
        try (var server = new HistoryServer(history, dir)) {
            write("seven", history.head(7));
            write("three", history.head(3));
            assertThat(agreed(witness(server.settings(), "@seven @three"))).contains("ok: 3 heads of one log, 7");
            assertThat(kept()).isEqualTo(history.head(7));
            // an old one is no news
            assertThat(agreed(witness(server.settings(), "@three"))).contains("7 states");
            assertThat(kept()).isEqualTo(history.head(7));
        }
    }

    @Test
    void pathsOfASavedLog_doAsWell() throws Exception {
        history.save(dir.resolve("log"), history.head());
        for (int size = 1; size <= 7; size++) {
            write("head-" + size, history.head(size));
            agreed(witness("--log @log @head-" + size));
        }
        Files.delete(dir.resolve("kept/head.dsse"));
        for (int older = 1; older < 7; older++) {
            for (int newer = older + 1; newer <= 7; newer++) {
                agreed(witness("--log @log @head-" + older + " @head-" + newer));
            }
        }
        write("eight", history.state(StateHistory.A, 1).head());
        found(witness("--log @log @eight"), "the saved log has 7 states, 8 are needed");
    }

    @Test
    @Tag("claim-T9")
    void twoNodesThatWereToldDifferentThings_areShownWithBothSignedHeads() throws Exception {
        var other = other(5, 2);
        write("a.json", history.proof(6));
        write("b.json", other.proof(6));
        var run = witness("@a.json @b.json");
        found(run, "equivocation: two logs of the same size: ");
        assertThat(run.err()).contains("a.json (7 states, ", "b.json (7 states, ", "evidence-7-7.json");
        assertThat(evidence(7, 7))
                .contains(
                        "\"found\":\"equivocation\"",
                        Base64.getEncoder().encodeToString(history.head(7)),
                        Base64.getEncoder().encodeToString(other.head(7)));
        assertThat(dir.resolve("kept/head.dsse")).doesNotExist();
    }

    @Test
    @Tag("claim-T9")
    void twoHistoriesOfDifferentLength_areShown() throws Exception {
        var other = other(5, 4);
        write("five", history.head(5));
        write("seven", history.head(7));
        write("nine", other.head(9));
        try (var server = new HistoryServer(other, dir)) {
            agreed(witness(server.settings(), "@five"));
            agreed(witness(server.settings(), "@nine"));
            found(witness(server.settings(), "@seven"), "log_inconsistent: the larger log does not continue");
        }
        assertThat(evidence(7, 9))
                .contains(
                        "\"found\":\"log_inconsistent\"",
                        Base64.getEncoder().encodeToString(history.head(7)),
                        Base64.getEncoder().encodeToString(other.head(9)));
        assertThat(kept()).isEqualTo(other.head(9));
    }

    @Test
    @Tag("claim-T9")
    void rewrittenPast_isShown() throws Exception {
        try (var server = new HistoryServer(history, dir)) {
            agreed(witness(server.settings(), ""));
            assertThat(kept()).isEqualTo(history.head(7));
            GoldenJson.assertIs(WitnessTest.class, "witness", witness(server.settings(), "--json"), dir);
            var rewritten = other(0, 9);
            server.show(rewritten, 9);
            var run = witness(server.settings(), "--json");
            assertThat(run.status()).isEqualTo(1);
            GoldenJson.assertIs(WitnessTest.class, "witness-found", run, dir);
            assertThat(kept()).isEqualTo(history.head(7));
        }
    }

    @Test
    @Tag("claim-T9")
    void nodesReportOfAnotherLog_isShown() throws Exception {
        var other = other(5, 2);
        write("node.json", HistoryServer.report("n-b", 7, other.root(7)).bytes());
        write("seven", history.head(7));
        var run = witness("@seven @node.json");
        found(run, "equivocation");
        assertThat(run.err()).contains("node n-b (7 states");
        try (var server = new HistoryServer(history, dir)) {
            server.node("n-a", 6, history.root(6));
            server.node("n-new", 0, history.root(1));
            assertThat(agreed(witness(server.settings(), ""))).contains("ok: 2 heads of one log, 7 states");
            server.node("n-b", 6, other.root(6));
            found(witness(server.settings(), ""), "equivocation");
        }
    }

    /// The coordinator no longer shows the newest head that it has shown before.
    @Test
    @Tag("claim-T9")
    void logThatShrank_isFound() throws Exception {
        try (var server = new HistoryServer(history, dir)) {
            agreed(witness(server.settings(), ""));
            server.show(history, 5);
            found(
                    witness(server.settings(), ""),
                    "log_rollback: the coordinator shows a log of 5 states, after one of 7");
            assertThat(evidence(5, 7)).contains("\"found\":\"log_rollback\"");
        }
    }

    @Test
    @Tag("claim-T9")
    void headThatNobodyVouchesFor_isNotBelieved() throws Exception {
        write("forged", StateHistory.head(7, history.root(7), Ceremony.Key.fresh()));
        found(witness("@forged"), "forged: verification failed: untrusted_key");
        write("of-operator", StateHistory.head(7, history.root(7), ceremony.grantKey));
        found(witness("@of-operator"), "verification failed: untrusted_key");
        write("state", history.states.getFirst());
        found(witness("@state"), "verification failed: wrong_type");
        assertThat(dir.resolve("kept/head.dsse")).doesNotExist();
    }

    @Test
    void fileWithoutAHead_isReported() throws Exception {
        write("text", new byte[] {'x'});
        found(witness("@text"), "not JSON");
        write("object", "{}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        found(witness("@object"), "neither a head nor a proof nor a report of a node");
        write("proof", "{\"inclusion\":[]}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        found(witness("@proof"), "not a proof");
        found(witness("@missing"), "no such file");
    }

    /// Without a source of paths nothing is proven, and nothing is kept.
    @Test
    void withoutAPath_nothingIsKept() throws Exception {
        write("five", history.head(5));
        write("seven", history.head(7));
        var run = witness("@five @seven");
        assertThat(run.status()).isEqualTo(1);
        assertThat(dir.resolve("kept/head.dsse")).doesNotExist();
    }
}
