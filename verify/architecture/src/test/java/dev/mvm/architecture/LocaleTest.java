package dev.mvm.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Output does not depend on the language of the machine. `%d` has the digits of the default locale, which in
/// Arabic, Persian or Nepali are not 0 to 9: a file of such a name is not found again.
final class LocaleTest {
    private static final Path ROOT = Path.of("../..");
    private static final Pattern IMPLICIT = Pattern.compile(
            "\"[^\"\\n]*%[-#+ 0,(]*[0-9]*(\\.[0-9]+)?[dfeg][^\"\\n]*\"\\s*\\.formatted\\(|String\\s*\\.format\\(\\s*\"");

    private static List<Path> sources() throws IOException {
        var out = new ArrayList<Path>();
        for (var kind : new String[] {"foundation", "protocol", "process"}) {
            try (var all = Files.walk(ROOT.resolve(kind))) {
                all.filter(path -> path.toString().contains("/src/main/java/")
                                && path.toString().endsWith(".java"))
                        .forEach(out::add);
            }
        }
        return out;
    }

    @Test
    void numbers_areWrittenInDigitsThatEverybodyReads() throws Exception {
        var sources = sources();
        assertThat(sources).hasSizeGreaterThan(500);
        for (var source : sources) {
            assertThat(IMPLICIT.matcher(Files.readString(source)).find())
                    .as("%s formats a number without Locale.ROOT", source)
                    .isFalse();
        }
    }

    @Test
    void patternFindsWhatItIsFor() {
        assertThat(IMPLICIT.matcher("\"state-%012d.dsse\"\n   .formatted(index)")
                        .find())
                .isTrue();
        assertThat(IMPLICIT.matcher("String.format(\"%d\", 1)").find()).isTrue();
        assertThat(IMPLICIT.matcher("\"%s-%08x\".formatted(name, 1)").find()).isFalse();
        assertThat(IMPLICIT.matcher("String.format(Locale.ROOT, \"%d\", 1)").find())
                .isFalse();
        assertThat(String.format(Locale.forLanguageTag("ar-EG"), "%02d", 7)).isNotEqualTo("07");
    }
}
