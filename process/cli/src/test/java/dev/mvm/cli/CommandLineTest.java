package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Settings, usage and errors that all commands share.
final class CommandLineTest extends CommandTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "api = https://127.0.0.1:1\n",
                "api = https://127.0.0.1:1\ntoken-file = token\n",
                "api = http://127.0.0.1:1\ncredential = .\n",
                "api = https://127.0.0.1:1\ncredential = .\ntoken-file = token\n"
            })
    void settingsWithoutTheRightCredential_areRefused(String text) throws Exception {
        Files.writeString(settings(), text);
        var result = mvm("instance", "list");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).contains("cli.conf: ", "'credential'").hasLineCount(1);
    }

    @Test
    void invalidCredential_isRefusedInOneLine() throws Exception {
        Files.writeString(settings(), "api = https://127.0.0.1:1\ncredential = alice\n");
        var folder = Files.createDirectory(dir.resolve("alice"));
        assertThat(mvm("instance", "list").err()).contains("key.pem").hasLineCount(1);
        for (var name : List.of("key.pem", "cert.pem", "ca.pem")) {
            Files.writeString(folder.resolve(name), "nonsense\n");
        }
        var result = mvm("instance", "list");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err())
                .contains("mvm-coordinator enrol")
                .doesNotContain("nonsense")
                .hasLineCount(1);
    }

    @Test
    void settingsWithAnUnknownKey_areRefused() throws Exception {
        Files.writeString(settings(), "api = http://127.0.0.1:1\ntoken = secret\n");
        var result = mvm("node", "list");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).contains("cli.conf:2: unknown setting 'token'").doesNotContain("secret");
    }

    @Test
    void refusal_isOneLineWithItsCode_andStatusOne() {
        answer(
                "POST /v1/instances/demo/web/i-1a2b3c4d:change",
                409,
                "{\"reason\":\"count_exceeded\",\"message\":\"demo/web has as many as the state allows\"}");
        var result = mvm("instance", "start", "demo/web/i-1a2b3c4d");
        assertThat(result)
                .isEqualTo(new CommandRun(1, "", "mvm: demo/web has as many as the state allows (count_exceeded)\n"));
        assertThat(requests.getFirst()).contains("{\"verb\":\"START\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "instance stop demo/web",
                "instance stop demo/web/i-1a2b3c4d/x",
                "instance stop ../web/i-1a2b3c4d",
                "instance stop demo/web/i-1a2b3c4g",
                "instance list Demo",
                "instance list demo/web/i-1a2b3c4d",
                "instance list --wide",
                "instance fly demo/web/i-1a2b3c4d",
                "pool scale demo/web",
                "pool scale demo/web --running 101",
                "pool scale demo/web --running -1",
                "pool scale demo/web --running two",
                "pool scale demo/web --sleeping 101",
                "instance wake demo/web/i-1a2b3c4d --force",
                "instance sleep demo/web",
                "instance stats demo/web",
                "tenant create a_b",
                "node info n/1",
                "frobnicate",
                "help frobnicate",
                "help pool frobnicate",
                "help pool scale more",
                "instance",
                "--frobnicate"
            })
    void wrongUsage_isOneLine_statusTwo_andSendsNothing(String line) {
        var result = mvm(line.split(" "));
        assertThat(result.status()).as(result.err()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("mvm: ")
                .contains("--help");
        assertThat(requests).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "instance --help",
                "pool scale --help",
                "help",
                "help pool",
                "help pool scale",
                "help help",
                "grant init --help",
                "--version"
            })
    void help_goesToStandardOutput(String line) {
        var result = mvm(line.split(" "));
        assertThat(result.status()).isZero();
        assertThat(result.out()).isNotBlank();
        assertThat(result.err()).isEmpty();
    }

    @Test
    void noCoordinator_isReportedInOneLine() throws Exception {
        stop();
        var result = mvm("instance", "list");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err())
                .startsWith("mvm: no coordinator at http://127.0.0.1:")
                .contains("./dev up");
        Files.delete(settings());
        assertThat(mvm("instance", "list").err()).startsWith("mvm: no such file: ");
    }

    @Test
    void responseThatIsNotJson_isReported() {
        answer("GET /v1/nodes", 502, "<html>");
        assertThat(mvm("node", "list").err())
                .isEqualTo("mvm: unreadable response from the coordinator, HTTP status 502\n");
    }

    @Test
    void formerNounsOfKeys_work_andAreNotInTheHelp() {
        answer("GET /v1/keys", "{\"keys\":[]}");
        assertThat(mvm("keys", "list")).isEqualTo(new CommandRun(0, "", ""));
        assertThat(mvm("help", "key").out())
                .isEqualTo(mvm("signing-key", "--help").out());
        var file = dir.resolve("op.key").toString();
        assertThat(mvm("key", "new", "--plain", file).out()).startsWith(file + "  ed25519:");
        assertThat(mvm("--help").out())
                .containsPattern("(?m)^ +signing-key ")
                .containsPattern("(?m)^ +tenant-key ")
                .doesNotContainPattern("(?m)^ +keys? ");
        assertThat(mvm("keys").err()).contains("mvm tenant-key --help");
    }

    @Test
    void missingTokenFile_isNamedWithTheSettingsFile() throws Exception {
        Files.delete(dir.resolve("token"));
        assertThat(mvm("node", "list"))
                .isEqualTo(
                        new CommandRun(1, "", "mvm: " + settings() + ": no such file: " + dir.resolve("token") + "\n"));
    }

    @Test
    void failedFileOperation_isOneLineWithItsCause() throws Exception {
        var trust = dir.resolve("trust");
        assertThat(mvm("trust", "init", "--dir", trust.toString()).status()).isZero();
        var pin = Files.readString(trust.resolve("root.pin")).strip();
        var root = trust.resolve("root.dsse").toString();
        var run = mvm("witness", root, "--root", root, "--pin", pin);
        assertThat(run).isEqualTo(new CommandRun(1, "", "mvm: file exists: " + root + "\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "foo, no such command: mvm foo (see mvm --help)",
        "pool foo, no such command: mvm pool foo (see mvm pool --help)",
        "pool, incomplete command: mvm pool (see mvm pool --help)",
        "node list foo, unexpected argument: foo (see mvm node list --help)"
    })
    void wrongCommand_isNamedByItsWords(String line, String message) {
        assertThat(mvm(line.split(" ")).err()).isEqualTo("mvm: " + message + "\n");
    }
}
