package dev.mvm.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.cli.terminal.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/// The help of every noun and verb, compared with one file per noun. A changed text is written to the files by
///
///     mvn -pl process/cli -am -Dsurefire.failIfNoSpecifiedTests=false -Dtest=HelpTest -Dmvm.help.write=true package
final class HelpTest {
    private static final String REWRITE = "rewrite it: mvn -pl process/cli -am"
            + " -Dsurefire.failIfNoSpecifiedTests=false -Dtest=HelpTest -Dmvm.help.write=true package";

    private static final Path FILES = Path.of("src/test/resources/dev/mvm/cli/command/help");
    private static final int WIDTH = 100;

    /// Columns for the name of a verb in a list of verbs.
    private static final int INDENT = 15;

    /// Lists every command, also the root, which is the first.
    static List<CommandLine> commands() {
        var root = Root.whole(new Context(new Output(System.out, false), Path.of("/nonexistent")));
        var all = new ArrayList<>(List.of(root));
        for (int i = 0; i < all.size(); i++) {
            all.addAll(all.get(i).getSubcommands().values());
        }
        return all;
    }

    static Stream<String> nouns() {
        return texts().keySet().stream();
    }

    /// The expected content of each file, by the name of its noun; that of the root is `mvm`.
    private static Map<String, String> texts() {
        var texts = new TreeMap<String, String>();
        for (var command : commands()) {
            var path = command.getCommandSpec().qualifiedName(" ");
            var words = path.split(" ", -1);
            var text = "$ " + path + " --help\n" + command.getUsageMessage(Ansi.OFF);
            texts.merge(words.length == 1 ? "mvm" : words[1], text, (before, more) -> before + "\n" + more);
        }
        return texts;
    }

    @ParameterizedTest
    @MethodSource("nouns")
    void helpOfANoun_isThatOfItsFile(String noun) throws IOException {
        var file = FILES.resolve(noun + ".txt");
        var text = texts().getOrDefault(noun, "");
        if (Boolean.getBoolean("mvm.help.write")) {
            Files.createDirectories(FILES);
            Files.writeString(file, text);
        }
        assertThat(file).as("help of mvm %s; %s", noun, REWRITE).exists();
        assertThat(Files.readString(file))
                .as("help of mvm %s; if the new text is right, %s", noun, REWRITE)
                .isEqualTo(text);
    }

    @Test
    void everyFile_belongsToANoun() throws IOException {
        try (var files = Files.list(FILES)) {
            assertThat(files.map(file -> file.getFileName().toString().replace(".txt", "")))
                    .containsExactlyInAnyOrderElementsOf(texts().keySet());
        }
    }

    @Test
    void everyVerb_isInTheFileOfItsNoun() {
        for (var command : commands()) {
            var words = command.getCommandSpec().qualifiedName(" ").split(" ", -1);
            assertThat(texts().getOrDefault(words.length == 1 ? "mvm" : words[1], ""))
                    .contains("$ " + String.join(" ", words) + " --help\n");
        }
    }

    @Test
    void lines_fitATerminal() {
        for (var command : commands()) {
            assertThat(command.getUsageMessage(Ansi.OFF).lines())
                    .as(command.getCommandSpec().qualifiedName(" "))
                    .allMatch(line -> line.length() <= WIDTH);
        }
    }

    @Test
    void descriptions_areThere_andImperative() {
        for (var command : commands()) {
            var spec = command.getCommandSpec();
            assertThat(spec.usageMessage().description())
                    .as(spec.qualifiedName(" "))
                    .isNotEmpty();
            assertThat(spec.usageMessage().description()[0])
                    .as(spec.qualifiedName(" ") + ": the line in the list of its noun")
                    .hasSizeLessThan(WIDTH - INDENT)
                    .matches("[A-Z][a-z]+ .*")
                    .doesNotMatch("[A-Z][a-z]*[^s]s .*");
            for (var argument : spec.args()) {
                assertThat(argument.description())
                        .as(spec.qualifiedName(" ") + " " + argument.paramLabel())
                        .isNotEmpty();
            }
        }
    }
}
