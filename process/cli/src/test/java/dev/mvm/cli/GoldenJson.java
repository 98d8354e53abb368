package dev.mvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The expected output of verbs with `--json`, in one file for each document that a verb can print: its members are a
/// format that other programs read. What differs from run to run is masked. With `MVM_REWRITE=yes` in the environment
/// the tests write the files.
final class GoldenJson {
    static final Path FILES = Path.of("src/test/resources/dev/mvm/cli/json");
    static final String ENDING = ".json";

    private static final String REWRITE = "if the new text is right, MVM_REWRITE=yes ./dev test ";

    private GoldenJson() {}

    /// Compares the output of a run with the file of that name.
    ///
    /// @param test writes the file
    /// @param dir the test's own, which is masked
    static void assertIs(Class<?> test, String name, CommandRun run, Path dir) throws IOException {
        assertThat(run.err()).as(name).isEmpty();
        var file = FILES.resolve(name + ENDING);
        var text = masked(run.out(), dir);
        if ("yes".equals(System.getenv("MVM_REWRITE"))) {
            Files.createDirectories(FILES);
            Files.writeString(file, text);
        }
        assertThat(file).as("%s; %s%s", name, REWRITE, test.getSimpleName()).exists();
        assertThat(text).as("%s; %s%s", name, REWRITE, test.getSimpleName()).isEqualTo(Files.readString(file));
    }

    private static String masked(String text, Path dir) {
        return text.replace(dir.toString(), "DIR")
                .replaceAll("(sha256|ed25519):[0-9a-f]{8,}", "$1:HEX")
                .replaceAll("\"[A-Za-z0-9+/]{40,}={0,2}\"", "\"BASE64\"")
                .replaceAll("\"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z\"", "\"TIME\"");
    }
}
