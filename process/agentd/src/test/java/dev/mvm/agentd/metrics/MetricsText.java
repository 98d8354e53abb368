package dev.mvm.agentd.metrics;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// Reads the Prometheus text format, version 0.0.4, by its own grammar: stricter than Prometheus itself, which takes
/// samples without a type.
final class MetricsText {
    private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\"";
    private static final Pattern HELP = Pattern.compile("# HELP (" + NAME + ") ((?:[^\\\\]|\\\\[\\\\n])+)");
    private static final Pattern TYPE =
            Pattern.compile("# TYPE (" + NAME + ") (counter|gauge|histogram|summary|untyped)");
    private static final Pattern SAMPLE = Pattern.compile(
            "(" + NAME + ")(\\{(?:" + LABEL + "(?:," + LABEL + ")*)?})? (-?[0-9]+(?:\\.[0-9]+)?|NaN|[+-]Inf)");

    private MetricsText() {}

    /// Samples by name and labels.
    ///
    /// @throws AssertionError if the text is anything else
    static Map<String, Long> parse(String text) {
        if (!text.endsWith("\n")) {
            throw new AssertionError("the last line has no end");
        }
        var out = new LinkedHashMap<String, Long>();
        var types = new HashMap<String, String>();
        var helped = new HashSet<String>();
        var closed = new HashSet<String>();
        var family = "";
        for (var line : text.substring(0, text.length() - 1).split("\n", -1)) {
            var help = HELP.matcher(line);
            var type = TYPE.matcher(line);
            var sample = SAMPLE.matcher(line);
            if (help.matches()) {
                closed.add(family);
                family = help.group(1);
                require(helped.add(family) && !closed.contains(family), line);
            } else if (type.matches()) {
                require(type.group(1).equals(family) && types.put(family, type.group(2)) == null, line);
            } else {
                require(sample.matches(), line);
                require(sample.group(1).equals(family) && types.containsKey(family), line);
                boolean counter = "counter".equals(types.get(family));
                require(counter == family.endsWith("_total"), line);
                require(!counter || !sample.group(3).startsWith("-"), line);
                var labels = sample.group(2) == null ? "" : sample.group(2);
                require(out.put(family + labels, Long.valueOf(sample.group(3))) == null, line);
            }
        }
        return out;
    }

    private static void require(boolean holds, String line) {
        if (!holds) {
            throw new AssertionError("not in the format: " + line);
        }
    }
}
