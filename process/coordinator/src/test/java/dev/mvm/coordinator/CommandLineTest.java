package dev.mvm.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandLineTest {
    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... words) {
        return new CommandLine(
                        (_, _, _, _) -> new FakeDocuments().documents(),
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8))
                .run(List.of(words));
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private void failed(int status, int got, String part) {
        assertThat(got).as(err.toString(UTF_8)).isEqualTo(status);
        assertThat(err.toString(UTF_8))
                .startsWith("mvm-coordinator: ")
                .contains(part)
                .hasLineCount(1);
        assertThat(out.toString(UTF_8)).isEmpty();
    }

    @Test
    void initEnrolRevoke_makeAndEndCredentials() {
        assertThat(run("init", "--dir", path("state"), "--host", "fleet.example.org"))
                .isZero();
        assertThat(run("enrol", "--dir", path("state"), "--node", "edge-1", "--out", path("node")))
                .isZero();
        assertThat(run("enrol", "--dir", path("state"), "--operator", "alice", "--out", path("alice"), "--days", "1"))
                .isZero();
        assertThat(folder.resolve("node")).isDirectoryContaining(file -> file.endsWith("key.pem"));
        assertThat(folder.resolve("alice")).isDirectoryContaining(file -> file.endsWith("ca.pem"));
        assertThat(run("revoke", "--dir", path("state"), "--node", "edge-1")).isZero();
        assertThat(err.toString(UTF_8)).isEmpty();
    }

    @Test
    void enrolToken_isOneLine_andEndsWithARevocation() {
        run("init", "--dir", path("state"));
        out.reset();
        assertThat(run("enrol-token", "--dir", path("state"), "--node", "edge-1"))
                .isZero();
        assertThat(out.toString(UTF_8)).matches("[0-9a-f]{16}\\.[A-Za-z0-9_-]{43}\\.[0-9a-f]{64}\n");
        assertThat(folder.resolve("state/fleet/issued")).isEmptyFile();
        assertThat(run("revoke", "--dir", path("state"), "--node", "edge-1")).isZero();
        assertThat(err.toString(UTF_8)).isEmpty();
        out.reset();
        failed(CommandLine.FAILED, run("enrol-token", "--dir", path("none"), "--node", "edge-1"), "init");
    }

    /// The runbook's remedy for an authority whose key is lost: the next one needs nothing of it.
    @ParameterizedTest
    @ValueSource(strings = {"start", "replace"})
    void authorityWhoseKeyIsLost_hasASuccessor(String verb) throws Exception {
        run("init", "--dir", path("state"));
        try (var files = Files.list(folder.resolve("state/fleet"))) {
            for (var file :
                    files.filter(each -> each.toString().endsWith(".key")).toList()) {
                Files.delete(file);
            }
        }
        out.reset();
        var enrol = new String[] {"enrol", "--dir", path("state"), "--operator", "alice", "--out", path("alice")};
        failed(CommandLine.FAILED, run(enrol), "no_key");
        err.reset();
        assertThat(run("rotate-authority", verb, "--dir", path("state"))).isZero();
        assertThat(run(enrol)).isZero();
        assertThat(err.toString(UTF_8)).isEmpty();
    }

    @Test
    void operators_areNotedForTheCoordinator() throws Exception {
        run("init", "--dir", path("state"));
        run("enrol", "--dir", path("state"), "--operator", "alice", "--out", path("alice"));
        run("enrol", "--dir", path("state"), "--node", "edge-1", "--out", path("node"));
        assertThat(run("revoke", "--dir", path("state"), "--operator", "alice")).isZero();
        assertThat(Files.readAllLines(folder.resolve("state/fleet/operators")))
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("alice enrolled "),
                        line -> assertThat(line).startsWith("alice revoked "));
    }

    @Test
    void init_neverOverwrites() {
        assertThat(run("init", "--dir", path("state"))).isZero();
        out.reset();
        failed(CommandLine.FAILED, run("init", "--dir", path("state")), "already");
    }

    @Test
    void enrolWithoutAFleet_saysWhatToDo() {
        failed(CommandLine.FAILED, run("enrol", "--dir", path("none"), "--node", "a", "--out", path("x")), "init");
        assertThat(folder.resolve("x")).doesNotExist();
    }

    @Test
    void revocationOfNobody_isAFailure() {
        run("init", "--dir", path("state"));
        out.reset();
        failed(CommandLine.FAILED, run("revoke", "--dir", path("state"), "--node", "edge-1"), "edge-1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "dance",
                "init",
                "init --dir",
                "init --dir /x --dir /y",
                "init --dri /x",
                "enrol --dir /x --out /y",
                "enrol --dir /x --node a --operator b --out /y",
                "enrol --dir /x --node A --out /y",
                "enrol --dir /x --node a",
                "enrol --dir /x --node a --out /y --days 0",
                "enrol --dir /x --node a --out /y --days x",
                "enrol --dir /x --node a --out /y --days 9999",
                "enrol --dir /x --operator a --out /y --days 91",
                "enrol-token --dir /x",
                "enrol-token --dir /x --node A",
                "enrol-token --dir /x --operator a",
                "enrol-token --node a",
                "serve",
                "serve --config /nonexistent",
                "init --dir /x --host a/b",
                "init --dir /x --name A",
                "revoke --dir /x",
                "rotate-authority",
                "rotate-authority dance --dir /x",
                "rotate-authority start",
                "rotate-authority start --dir /x --even-if-used",
                "rotate-authority --dir /x finish",
                "rotate-authority finish --dir /x --authority-key /k",
                "rotate-authority start --dir /x --authority-key k",
                "init --dir /x --authority-key k"
            })
    void wrongUse_isToldInOneLine(String line) {
        failed(CommandLine.USAGE, run(line.isEmpty() ? new String[0] : line.split(" ")), "");
    }

    @Test
    void serveWithoutAFleet_isAFailure() throws Exception {
        var config = Files.writeString(folder.resolve("c.toml"), """
                mode = "dev"
                state-dir = "%s"
                [agent]
                listen = "127.0.0.1:0"
                [keyd]
                socket = "/s"
                [trust]
                root = "/r"
                pin = "sha256:abababababababababababababababababababababababababababababababab"
                state-key = "/k"
                """.formatted(path("none")));
        failed(CommandLine.FAILED, run("serve", "--config", config.toString()), "init");
    }

    @Test
    void help_isNoError() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString(UTF_8)).contains("init", "enrol", "revoke", "serve");
    }
}
