package dev.mvm.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Comments, messages and documents are plain: subject, verb, object. CONTRIBUTING.md has the rule; this finds the
/// phrases that break it most often.
final class LanguageTest {
    /// A comment of documentation begins with a noun or a verb: "Returns whether", not "Whether".
    private static final Pattern RIDDLE = Pattern.compile(
            "(?m)^(?![ \\t]*///)[^\\n]*\\n[ \\t]*/// (What|Whether|Who|Whose|Whoever|How|Where|Why)\\b|\\A/// (What|Whether|Who|Whose|Whoever|How|Where|Why)\\b");

    /// "Invalid" or "missing" says more than "is none"; a noun says more than "whoever" and "what listens".
    private static final Pattern PHRASE = Pattern.compile("(?<![Tt]here )\\b(is|are|was|were) none\\b(?! of)"
            + "|\\b[Ww]hom?ever\\b|\\b[Ww]hat (is (no|none)|listens)\\b|\\bFine (if|when) there is none");

    /// A message says which thing failed, not that "nobody" waits for it "any more". A word alone may be a name.
    private static final Pattern MESSAGE = Pattern.compile("\\bany more\\b|\\bnone of\\b|\\bnobody | nobody\\b");

    private static final Pattern LITERAL = Pattern.compile("\"(?:[^\"\\\\\n]|\\\\.)*\"");
    private static final Pattern COMMENT = Pattern.compile("(?m)^[ \\t]*(//|#|\\*).*$");

    /// Files that have the phrases in order to find them.
    private static final Set<String> NAMES_PHRASES =
            Set.of("LanguageTest.java", "LanguageCheck.java", "SmallChecksTest.java", "85-commits.sh", "03-commits.sh");

    private static final String[] TEXTS = {
        ".java", ".c", ".h", ".sh", ".proto", ".md", ".service", ".socket", ".py", ".toml", ".txt"
    };

    @Test
    void documentation_beginsWithANounOrAVerb() throws IOException {
        assertThat(found(RIDDLE, Sources.below(Sources.ROOT, ".java"))).isEmpty();
    }

    @Test
    void texts_havePlainPhrases() throws IOException {
        assertThat(found(PHRASE, Sources.below(Sources.ROOT, TEXTS))).isEmpty();
        assertThat(found(PHRASE, Sources.scripts(Sources.ROOT))).isEmpty();
    }

    @Test
    void messages_nameWhatFailed() throws IOException {
        var shipped = new ArrayList<>(Sources.shipped());
        for (var folder : List.of("packaging", "tools/dev.d", "native")) {
            Sources.below(Sources.ROOT.resolve(folder), ".c", ".h", ".sh").stream()
                    .filter(file -> !file.toString().contains("/test"))
                    .forEach(shipped::add);
        }
        assertThat(shipped).hasSizeGreaterThan(500);
        var out = new ArrayList<String>();
        for (var file : shipped) {
            for (var message : messages(Files.readString(file))) {
                out.add(Sources.ROOT.relativize(file) + ": " + message);
            }
        }
        assertThat(out).isEmpty();
    }

    private static List<String> messages(String text) {
        return LITERAL.matcher(COMMENT.matcher(text).replaceAll(""))
                .results()
                .map(MatchResult::group)
                .filter(literal -> MESSAGE.matcher(literal).find())
                .toList();
    }

    @Test
    void patterns_findWhatTheyAreFor() {
        assertThat(RIDDLE.matcher("\n    /// Whether it runs.\n").find()).isTrue();
        assertThat(RIDDLE.matcher("/// Returns it.\n/// Where it is.\n").find()).isFalse();
        assertThat(PHRASE.matcher("the certificate is n" + "one").find()).isTrue();
        assertThat(PHRASE.matcher("empty if there is none").find()).isFalse();
        assertThat(PHRASE.matcher("who" + "ever asks").find()).isTrue();
        assertThat(PHRASE.matcher("what is n" + "o file").find()).isTrue();
        assertThat(messages("log(\"no\", \"it is not there any more: \" + e);\n"))
                .hasSize(1);
        assertThat(messages("die(\"nobody waits\");\n// \"nobody waits\"\nuser(\"nobody\");\n"))
                .containsExactly("\"nobody waits\"");
    }

    private static List<String> found(Pattern pattern, List<Path> files) throws IOException {
        var out = new ArrayList<String>();
        for (var file : files) {
            if (NAMES_PHRASES.contains(file.getFileName().toString())) {
                continue;
            }
            var text = Files.readString(file);
            for (var match = pattern.matcher(text); match.find(); ) {
                var before = text.substring(0, match.start());
                var line = before.substring(before.lastIndexOf('\n') + 1)
                        + text.substring(match.start()).lines().findFirst().orElse("");
                out.add(Sources.ROOT.relativize(file) + ":"
                        + (before.chars().filter(c -> c == '\n').count() + 1) + ": " + line.strip());
            }
        }
        return out;
    }
}
