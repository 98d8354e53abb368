package dev.mvm.metrics;

import dev.mvm.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The families of an [Exposition] as JSON in the form of prom2json (github.com/prometheus/prom2json): a list of
/// families with `name`, `help`, `type` and `metrics`, each with `labels` and `value`, or `buckets`, `count` and
/// `sum`; numbers are texts.
final class ExpositionJson {
    private static final Pattern COMMENT = Pattern.compile("# (?:HELP|TYPE) (\\S+) (.*)");
    private static final Pattern SAMPLE = Pattern.compile("([^{ ]+)(?:\\{(.*)\\})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("([^=,]+)=\"([^\"]*)\"");
    private static final String BOUND = "le";

    private final List<Json> families = new ArrayList<>();
    private List<Json> metrics = new ArrayList<>();
    private Json.Builder family = Json.object();
    private Json.Builder buckets = Json.object();
    private String sum = "";
    private String type = "";

    private ExpositionJson() {}

    /// @param text whole expositions, one behind the other
    static byte[] of(String text) {
        var out = new ExpositionJson();
        text.lines().forEach(out::line);
        out.end();
        return Json.array(out.families).bytes();
    }

    private void line(String line) {
        if (line.startsWith("# HELP ")) {
            end();
            var help = parts(COMMENT, line);
            family = Json.object().put("name", help.group(1)).put("help", help.group(2));
        } else if (line.startsWith("# TYPE ")) {
            type = parts(COMMENT, line).group(2).toUpperCase(Locale.ROOT);
            family.put("type", type);
        } else {
            var sample = parts(SAMPLE, line);
            sample(sample.group(1), sample.group(2) == null ? "" : sample.group(2), sample.group(3));
        }
    }

    private static Matcher parts(Pattern pattern, String line) {
        var matcher = pattern.matcher(line);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not of an exposition: " + line);
        }
        return matcher;
    }

    private void sample(String name, String labels, String value) {
        if (!type.equals("HISTOGRAM")) {
            metrics.add(labelled(labels).put("value", value).end());
        } else if (name.endsWith("_bucket")) {
            LABEL.matcher(labels)
                    .results()
                    .filter(label -> label.group(1).equals(BOUND))
                    .forEach(label -> buckets.put(label.group(2), value));
        } else if (name.endsWith("_sum")) {
            sum = value;
        } else {
            metrics.add(labelled(labels)
                    .put("buckets", buckets.end())
                    .put("count", value)
                    .put("sum", sum)
                    .end());
            buckets = Json.object();
        }
    }

    private static Json.Builder labelled(String labels) {
        var named = Json.object();
        LABEL.matcher(labels).results().forEach(label -> named.put(label.group(1), label.group(2)));
        return labels.isEmpty() ? Json.object() : Json.object().put("labels", named.end());
    }

    private void end() {
        if (!type.isEmpty()) {
            families.add(family.put("metrics", metrics).end());
        }
        metrics = new ArrayList<>();
        type = "";
    }
}
