package dev.mvm.testkit.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// The document that lists metrics, to be compared with what is exposed: a line of a table for each family, with its
/// name, its type and its labels.
public final class MetricsDocument {
    private static final Path FILE = Path.of("..", "..", "docs", "operations", "metrics.md");
    private static final Pattern LABEL = Pattern.compile("[{,]([a-z_]+)=");

    private MetricsDocument() {}

    /// Returns the rows of the families whose names have this prefix.
    ///
    /// @param prefix a regular expression
    /// @return type and labels by name, in the document's order
    public static Map<String, String> families(String prefix) throws IOException {
        var row = Pattern.compile("\\| `(" + prefix + "[a-z_]+)` \\| ([a-z]+) \\|([^|]*)\\|([^|]*)\\| (.+) \\|");
        var out = new LinkedHashMap<String, String>();
        for (var line : Files.readAllLines(FILE)) {
            var matcher = row.matcher(line);
            if (matcher.matches()) {
                var labels = matcher.group(3).replaceAll("[`,]", "").strip();
                out.put(matcher.group(1), matcher.group(2) + " " + labels);
            } else {
                assertThat(line).doesNotMatch("\\| `" + prefix + ".*");
            }
        }
        return out;
    }

    /// The same of what is exposed. A family without a sample shows no labels.
    public static Map<String, String> families(Map<String, MetricFamily> exposed) {
        var out = new LinkedHashMap<String, String>();
        exposed.forEach((name, family) -> out.put(name, family.type() + " " + labels(family)));
        return out;
    }

    private static String labels(MetricFamily family) {
        var out = new ArrayList<String>();
        for (var sample : family.samples().keySet()) {
            LABEL.matcher(sample).results().map(found -> found.group(1)).forEach(name -> {
                if (!out.contains(name) && !name.equals("le")) {
                    out.add(name);
                }
            });
        }
        return String.join(" ", out);
    }
}
