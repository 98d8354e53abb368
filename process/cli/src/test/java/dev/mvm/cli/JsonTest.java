package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.cli.command.Context;
import dev.mvm.cli.command.Root;
import dev.mvm.cli.terminal.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/// The documents that verbs print with `--json`, each compared with a file. Those of verbs that verify files and logs
/// are compared by the tests that make these.
final class JsonTest extends CommandTest {
    @BeforeEach
    void fleet() {
        CannedFleet.RESPONSES.forEach(this::answer);
    }

    /// The verbs with `--json` of the whole command line, such as `pool-list`.
    static List<String> verbs() {
        var all = new ArrayList<>(
                List.of(Root.whole(new Context(new Output(System.out, false), Path.of("/nonexistent")))));
        for (int i = 0; i < all.size(); i++) {
            all.addAll(all.get(i).getSubcommands().values());
        }
        return all.stream()
                .filter(command -> command.getCommandSpec().findOption("--json") != null)
                .map(JsonTest::name)
                .toList();
    }

    private static String name(CommandLine command) {
        return command.getCommandSpec().qualifiedName("-").replaceFirst("^mvm-", "");
    }

    @ParameterizedTest
    @MethodSource("verbs")
    void everyVerbWithJson_hasAFile(String verb) {
        assertThat(GoldenJson.FILES.resolve(verb + GoldenJson.ENDING))
                .as("what mvm %s --json prints, by a test that calls GoldenJson.assertIs", verb.replace('-', ' '))
                .exists();
    }

    /// The name of a file is its verb's, and may go on with what is special about its document.
    @Test
    void everyFile_isOfAVerb() throws IOException {
        try (var files = Files.list(GoldenJson.FILES)) {
            assertThat(files.map(file -> file.getFileName().toString())).allMatch(JsonTest::isOfAVerb);
        }
    }

    private static boolean isOfAVerb(String file) {
        return verbs().stream()
                .flatMap(verb -> Stream.of(verb + GoldenJson.ENDING, verb + "-"))
                .anyMatch(file::startsWith);
    }

    @ParameterizedTest
    @CsvSource({
        "agent-certs-status, agent certs status, 1",
        "doctor, doctor, 1",
        "events, events, 0",
        "instance-destroy, instance destroy demo/web/i-00000001, 0",
        "instance-info, instance info demo/web/i-00000002, 0",
        "instance-list, instance list, 0",
        "instance-resume, instance resume demo/web/i-00000001, 0",
        "instance-sleep, instance sleep demo/web/i-00000001, 0",
        "instance-start, instance start demo/web/i-00000001, 0",
        "instance-stats, instance stats demo/web/i-00000002, 0",
        "instance-stats-never-slept, instance stats demo/web/i-00000001, 0",
        "instance-stop, instance stop demo/web/i-00000001, 0",
        "instance-wake, instance wake demo/web/i-00000001, 0",
        "instance-warm, instance warm demo/web/i-00000001, 0",
        "measurements-list, measurements list, 0",
        "net-verify, net verify n-0, 1",
        "node-documents, node documents n-0, 0",
        "node-info, node info n-0, 0",
        "node-info-security, node info n-0 --security, 0",
        "node-list, node list, 0",
        "operator-change, operator change ada --role operator --tenant demo, 0",
        "operator-list, operator list, 0",
        "operator-revoke, operator revoke ada, 0",
        "pool-info, pool info demo/web, 0",
        "pool-list, pool list, 0",
        "pool-scale, pool scale demo/web --running 2, 0",
        "tenant-create, tenant create demo, 0",
        "tenant-key-history, tenant-key history, 0",
        "tenant-key-list, tenant-key list, 0",
        "tenant-key-releases, tenant-key releases, 0",
        "tenant-key-rewrap, tenant-key rewrap, 0",
        "tenant-key-rotate, tenant-key rotate demo/disk, 0",
        "tenant-key-status, tenant-key status, 0",
        "tenant-list, tenant list, 0",
        "tombstone-list, tombstone list, 0",
        "trust-list, trust list, 0",
    })
    void documentOfAVerb_isThatOfItsFile(String name, String line, int status) throws IOException {
        printed(name, line, status);
    }

    @Test
    void answersOfTheAgent_areThoseOfTheirFiles() throws IOException {
        answer("POST /v1/nodes/n-0:askAgent", CannedFleet.DESIRED);
        printed("agent-desired", "agent desired n-0", 0);
        answer("POST /v1/nodes/n-0:askAgent", CannedFleet.PLAN);
        printed("agent-plan", "agent plan n-0", 0);
        answer("POST /v1/nodes/n-0:askAgent", CannedFleet.OUTCOMES);
        printed("agent-reconcile", "agent reconcile n-0", 1);
    }

    @Test
    void doctorOfASilentCoordinator_isUnhealthy() throws IOException {
        stop();
        Files.writeString(settings(), "api = http://127.0.0.1:1\ntoken-file = token\n");
        printed("doctor-no-coordinator", "doctor", 1);
    }

    private void printed(String name, String line, int status) throws IOException {
        var run = mvm((line + " --json").split(" ", -1));
        assertThat(run.status()).as(name + ": " + run.err()).isEqualTo(status);
        GoldenJson.assertIs(JsonTest.class, name, run, dir);
    }
}
