package dev.mvm.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Compares the codes of refusals with those that operators read about.
final class RefusalCodesTest {
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Path DOCUMENT = Path.of("../../docs/operations/images.md");

    /// Places where a code stands: the arguments that are codes, and constants that are given for one.
    private static final Pattern CODE = Pattern.compile(
            "(?:ImageException\\(|tooLarge\\(|\"[a-z0-9. ]+\",|String (?:INVALID|UNKNOWN|DAMAGED|NO_SUCH) =)\\s*"
                    + "\"([a-z]+(?:_[a-z0-9]+)+)\"");

    private static final Pattern ROW = Pattern.compile("(?m)^\\| `[a-z].*?\\|");
    private static final Pattern WORD = Pattern.compile("`([a-z0-9]+(?:_[a-z0-9]+)+)`");

    @Test
    void everyCode_isInTheDocument_andNoOther() throws IOException {
        var codes = new TreeSet<String>();
        try (var files = Files.walk(SOURCES)) {
            for (var file :
                    files.filter(each -> each.toString().endsWith(".java")).toList()) {
                CODE.matcher(Files.readString(file))
                        .results()
                        .map(found -> found.group(1))
                        .forEach(codes::add);
            }
        }
        var text = Files.readString(DOCUMENT);
        var told = new TreeSet<String>();
        int begin = text.indexOf("## Refusals");
        ROW.matcher(text.substring(begin, text.indexOf("\n## ", begin)))
                .results()
                .map(MatchResult::group)
                .flatMap(row -> WORD.matcher(row).results())
                .map(found -> found.group(1))
                .forEach(told::add);
        assertThat(codes).hasSizeGreaterThan(50);
        assertThat(told).isEqualTo(codes);
    }
}
