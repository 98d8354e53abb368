package dev.mvm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `mvm image` as processes of their own, with the options of the package: what those do not allow the command
/// cannot do.
final class ImageCommandTest {
    private static final Pattern VERSION =
            Pattern.compile("(\"(?:skopeo|mkfs\\.erofs|veritysetup|java)\" : )\"[^\"]*\"");

    private static final Path OPTIONS = Path.of("../../packaging/debian/cli/options");

    @TempDir
    Path dir;

    private Path store;

    @BeforeEach
    void tree() throws IOException {
        store = dir.resolve("store");
        Files.createDirectories(dir.resolve("tree/bin"));
        Files.writeString(dir.resolve("tree/bin/app"), "a program\n");
    }

    /// @ in a line is the test's directory.
    private List<String> command(String line) {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "@" + OPTIONS,
                "-cp", // the last one counts
                System.getProperty("java.class.path"),
                "dev.mvm.cli.Main",
                "image"));
        command.addAll(List.of(line.replace("@", dir + "/").split(" ")));
        return command;
    }

    private Process start(List<String> command) throws IOException {
        var builder =
                new ProcessBuilder(command).redirectError(dir.resolve("err").toFile());
        builder.environment().put("MVM_IMAGES", store.toString());
        return builder.redirectInput(new File("/dev/null")).start();
    }

    private CommandRun run(List<String> command) throws Exception {
        var process = start(command);
        var out = new String(process.getInputStream().readAllBytes(), UTF_8);
        int status = process.waitFor();
        return new CommandRun(status, out, Files.readString(dir.resolve("err")));
    }

    private String done(String line) throws Exception {
        var run = run(command(line));
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        return run.out();
    }

    private void refused(String line, String why) throws Exception {
        var run = run(command(line));
        assertThat(run.err()).startsWith("mvm: ").contains(why).hasLineCount(1);
        assertThat(run.status()).isEqualTo(why.startsWith("--") ? 2 : 1);
        assertThat(run.out()).isEmpty();
    }

    private List<String> left(String below) {
        try (Stream<Path> all = Files.list(store.resolve(below))) {
            return all.map(Path::toString).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void anImage_isImportedListedShownVerifiedAndRemoved() throws Exception {
        var line = done("import tree:@tree --name web --entrypoint /bin/app --env A=b -- -v");
        assertThat(line).matches("(?s)web  sha256:[0-9a-f]{64}  [0-9]+ KiB  tree:.*\n");
        assertThat(done("list")).startsWith("web  ").contains("tree:" + dir.resolve("tree"));
        assertThat(done("list --json")).contains("\"format\" : \"mvm-image-1\"");
        assertThat(done("info web")).contains("argv", "[\"/bin/app\",\"-v\"]", "A=b", "(not signed)");
        assertThat(done("info web --json")).contains("https://in-toto.io/Statement/v1");
        assertThat(done("verify")).isEqualTo("web  verified\n");
        assertThat(done("rm web")).isEqualTo("web  removed\n");
        assertThat(done("list")).isEmpty();
        assertThat(left("sha256")).isEmpty();
    }

    @Test
    void documents_areThoseOfTheirFiles() throws Exception {
        printed("image-import", "import tree:@tree --name web --entrypoint /bin/app --env A=b --json -- -v");
        printed("image-list", "list --json");
        printed("image-info", "info web --json");
    }

    /// Versions of programs differ from machine to machine.
    private void printed(String name, String line) throws Exception {
        var run = run(command(line));
        var out = VERSION.matcher(run.out()).replaceAll("$1\"VERSION\"");
        GoldenJson.assertIs(ImageCommandTest.class, name, new CommandRun(run.status(), out, run.err()), dir);
    }

    @Test
    void refusals_areOneLineWithACode() throws Exception {
        refused("import tree:@tree --name web", "no_program: ");
        refused("import tree:@no --name web --entrypoint /a", "image_missing: ");
        refused("import nginx --name web", "reference_invalid: ");
        refused("import oci:@tree --name web --owners", "--owners");
        refused("import tree:@tree --name web --timeout 0", "--timeout");
        refused("info web", "image_unknown: ");
        refused("rm web", "image_unknown: ");
        refused("verify web", "image_unknown: ");
        assertThat(left("drafts")).isEmpty();
        assertThat(left("names")).isEmpty();
    }

    @Test
    @Tag("claim-I5")
    void aKilledImport_leavesNoName_andTheNextOneSweeps() throws Exception {
        Files.writeString(dir.resolve("policy"), "{\"default\":[{\"type\":\"insecureAcceptAnything\"}]}");
        // a registry that never answers keeps the import at work until it is killed
        try (var registry = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var source = "127.0.0.1:" + registry.getLocalPort() + "/library/web:1";
            var process = start(command("import " + source + " --name web --policy @policy"));
            try (var skopeo = registry.accept()) {
                assertThat(skopeo.getInputStream().read()).as("skopeo asks").isNotNegative();
                assertThat(left("drafts")).as("at work").hasSize(2);
                process.destroyForcibly().waitFor();
                // until skopeo has ended as well
                skopeo.getInputStream().readAllBytes();
            }
        }
        assertThat(left("names")).isEmpty();
        assertThat(left("drafts")).hasSize(2);
        done("import tree:@tree --name web --entrypoint /bin/app");
        assertThat(left("drafts")).isEmpty();
        assertThat(left("sha256")).hasSize(3);
    }

    /// The store is on a file system of so many KiB, which is gone with the sandbox that has made it. 3 MiB of files
    /// take 3 MiB for contents, then for the tar, then for the image: each size stops another step, and the last
    /// stops no step.
    @ParameterizedTest
    @ValueSource(ints = {64, 1_024, 4_096, 6_100, 6_200, 7_168, 65_536})
    @Tag("claim-I5")
    void aFullDisk_isSaid_andLeavesNothing(int size) throws Exception {
        var content = new byte[3 << 20];
        Arrays.fill(content, (byte) 'x');
        Files.write(dir.resolve("tree/large"), content);
        Files.createDirectories(store);
        var command = new ArrayList<>(
                List.of("bwrap", "--dev-bind", "/", "/", "--size", Integer.toString(size << 10), "--tmpfs"));
        command.addAll(List.of(store.toString(), "sh", "-c"));
        command.add("\"$@\"; status=$?; find " + store + " -type f ! -name lock; exit $status");
        command.add("sh");
        command.addAll(command("import tree:@tree --name web --entrypoint /bin/app"));
        var run = run(command);
        if (size == 65_536) {
            assertThat(run.status()).as(run.err()).isZero();
            assertThat(run.out()).contains(store + "/names/web");
        } else {
            assertThat(run.err()).startsWith("mvm: disk_full: ").hasLineCount(1);
            assertThat(run.status()).isEqualTo(1);
            assertThat(run.out()).as("files left").isEmpty();
        }
    }

    /// Texts of an image's maker must not move the operator's cursor.
    @Test
    void textOfAnImage_isPrintedWithoutControlCharacters() throws Exception {
        done("import tree:@tree --name web --entrypoint /bin/app --workdir /\u001b[2J\u009b2J\u202e");
        assertThat(done("info web")).contains("/?[2J?2J?").doesNotContain("\u001b", "\u009b", "\u202e");
    }
}
