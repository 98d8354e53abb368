package dev.mvm.protocol.hostd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.InstanceState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The table of operations in `docs/protocol/hostd.md`: numbers, words and states are those of [OperationType],
/// bodies and further conditions are the document's own. With `MVM_REWRITE=yes` in the environment the test
/// writes the table.
final class OperationTableTest {
    private static final Path DOCUMENT = Path.of("../../../docs/protocol/hostd.md");
    private static final String REWRITE = "MVM_REWRITE=yes ./dev test OperationTableTest";
    private static final List<String> HEAD =
            List.of("| type | operation | body | allowed when the instance is | and |", "|---|---|---|---|---|");

    private static final int WORD = 2;
    private static final int BODY = 3;
    private static final int AND = 5;
    private static final int CELLS = 6; // the text before the first bar is the first

    /// Finds the rows of the table, each by its word.
    private static Map<String, String[]> rows(List<String> document) {
        var out = new LinkedHashMap<String, String[]>();
        int begin = document.indexOf(HEAD.getFirst());
        assertThat(begin).as("line of the table's head").isNotNegative();
        for (var line : document.subList(begin + HEAD.size(), document.size())) {
            if (!line.startsWith("|")) {
                break;
            }
            var cells = line.split("\\|", -1);
            assertThat(cells).as(line).hasSize(CELLS + 1);
            out.put(cells[WORD].strip(), cells);
        }
        return out;
    }

    private static String states(OperationType type) {
        var allowed = Arrays.stream(InstanceState.values())
                .filter(type::allowedIn)
                .map(InstanceState::word)
                .toList();
        if (allowed.isEmpty()) {
            return "-";
        }
        return allowed.size() == InstanceState.values().length ? "any" : String.join(", ", allowed);
    }

    private static List<String> table(Map<String, String[]> rows) {
        var empty = Stream.generate(() -> " ").limit(CELLS + 1).toArray(String[]::new);
        var lines = Arrays.stream(OperationType.values()).map(type -> {
            var word = "`" + type.word() + "`";
            var cells = rows.getOrDefault(word, empty);
            return "| " + type.number() + " | " + word + " |" + cells[BODY] + "| " + states(type) + " |" + cells[AND]
                    + "|";
        });
        return Stream.concat(HEAD.stream(), lines).toList();
    }

    private static List<String> rewritten(List<String> document) {
        var rows = rows(document);
        int begin = document.indexOf(HEAD.getFirst());
        var out = new ArrayList<>(document.subList(0, begin));
        out.addAll(table(rows));
        out.addAll(document.subList(begin + HEAD.size() + rows.size(), document.size()));
        return out;
    }

    @Test
    void tableOfTheDocument_isThatOfTheRows() throws IOException {
        var document = Files.readAllLines(DOCUMENT);
        if ("yes".equals(System.getenv("MVM_REWRITE"))) {
            document = rewritten(document);
            Files.writeString(DOCUMENT, document.stream().collect(Collectors.joining("\n", "", "\n")));
        }
        assertThat(document).as("%s writes the table", REWRITE).isEqualTo(rewritten(document));
        rows(document)
                .forEach((word, cells) -> assertThat(cells[BODY])
                        .as("body of %s, which the document has to say", word)
                        .isNotBlank());
    }

    @Test
    void rewriting_keepsProse_correctsStates_dropsUnknownRows_addsMissingOnes() {
        var before = new ArrayList<>(List.of("prose"));
        before.addAll(HEAD);
        before.add("| 8 | `wake_instance` | text instance | Running | in prose |");
        before.add("| 99 | `format_disk` | text device | any | |");
        before.addAll(List.of("", "more prose"));
        assertThat(rewritten(before))
                .startsWith("prose")
                .endsWith("| 24 | `guest_logs` | | any | |", "", "more prose")
                .contains("| 18 | `wake_instance` | text instance | Sleeping | in prose |")
                .noneMatch(line -> line.contains("format_disk"))
                .hasSize(before.size() + OperationType.values().length - 2);
    }
}
