package dev.mvm.testkit.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads the Prometheus text format, version 0.0.4, by the rules of its description. What Prometheus takes and its
/// conventions advise against is refused, too: samples without type and help, counters that do not end in `_total`,
/// units that are no base units.
public final class ExpositionText {
    private static final Pattern HELP = Pattern.compile("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");
    private static final Pattern TYPE =
            Pattern.compile("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(.)");
    private static final Pattern NO_BASE_UNIT =
            Pattern.compile(".*_(ms|millis|milliseconds|us|ns|minutes|hours|days|kib|kilobytes|percent)(_.*)?");
    private static final Set<String> PARTS_OF_A_HISTOGRAM = Set.of("_bucket", "_sum", "_count");

    private final Map<String, MetricFamily> done = new LinkedHashMap<>();
    private String help = "";
    private String name = "";
    private String type = "";
    private List<Sample> samples = new ArrayList<>();

    private ExpositionText() {}

    /// Families by name, in their order.
    ///
    /// @throws AssertionError if the text is anything else; the message has the line
    public static Map<String, MetricFamily> parse(String text) {
        require(text.isEmpty() || text.endsWith("\n"), "the last line has no end", text);
        var read = new ExpositionText();
        for (var line : text.split("\n", -1)) {
            read.line(line);
        }
        read.end();
        return read.done;
    }

    private void line(String line) {
        var asHelp = HELP.matcher(line);
        var asType = TYPE.matcher(line);
        if (asHelp.matches()) {
            end();
            name = asHelp.group(1);
            help = unescaped(asHelp.group(2), line);
            require(!done.containsKey(name), "a family twice, or in two places", line);
        } else if (asType.matches()) {
            require(asType.group(1).equals(name) && type.isEmpty(), "a type follows its own help, once", line);
            type = asType.group(2);
        } else if (line.startsWith("#")) {
            require(!line.matches("#\\s*(HELP|TYPE).*"), "neither help nor type, though it says so", line);
        } else if (!line.isEmpty()) {
            var sample = Sample.parse(line);
            require(!type.isEmpty(), "a sample without a type", line);
            require(sample.name().startsWith(name) && belongs(sample), "a sample among those of " + name, line);
            samples.add(sample);
        }
    }

    private boolean belongs(Sample sample) {
        var suffix = sample.name().substring(name.length());
        return switch (type) {
            case "histogram" -> PARTS_OF_A_HISTOGRAM.contains(suffix);
            case "summary" -> suffix.isEmpty() || suffix.equals("_sum") || suffix.equals("_count");
            default -> suffix.isEmpty();
        };
    }

    private void end() {
        if (name.isEmpty()) {
            return;
        }
        require(!type.isEmpty(), "a family without a type", name);
        require(type.equals("counter") == name.endsWith("_total"), "counters end in _total, and they alone", name);
        require(!NO_BASE_UNIT.matcher(name).matches(), "no base unit", name);
        var values = new LinkedHashMap<String, Double>();
        for (var sample : samples) {
            require(values.put(sample.key(), sample.value()) == null, "a sample twice", sample.key());
            require(!type.equals("counter") || sample.value() >= 0, "a counter below 0", sample.key());
        }
        if (type.equals("histogram")) {
            histogram(values);
        }
        done.put(name, new MetricFamily(name, type, help, values));
        name = "";
        type = "";
        samples = new ArrayList<>();
    }

    /// Buckets grow with their bounds, the last is without one and has all; sum and count are there.
    private void histogram(Map<String, Double> values) {
        var bounds = new HashMap<String, Double>();
        var counts = new LinkedHashMap<String, Double>();
        for (var sample : samples) {
            var series = sample.series(name);
            if (!sample.name().endsWith("_bucket")) {
                continue;
            }
            var le = sample.labels().get("le");
            require(le != null, "a bucket without le", sample.key());
            double bound = Sample.parse("x " + le).value();
            require(bound > bounds.getOrDefault(series, Double.NEGATIVE_INFINITY), "bounds do not grow", sample.key());
            require(sample.value() >= counts.getOrDefault(series, 0.0), "buckets do not add up", sample.key());
            bounds.put(series, bound);
            counts.put(series, sample.value());
        }
        counts.forEach((series, count) -> {
            require(bounds.getOrDefault(series, 0.0) == Double.POSITIVE_INFINITY, "no bucket of all", series);
            var labels = series.substring(name.length());
            require(count.equals(values.get(name + "_count" + labels)), "the count is another", series);
            require(values.containsKey(name + "_sum" + labels), "there is no sum", series);
        });
        require(values.size() == samples.size() && values.size() >= 3 * counts.size(), "parts without buckets", name);
    }

    private static String unescaped(String text, String line) {
        return ESCAPE.matcher(text).replaceAll(escape -> switch (escape.group(1)) {
            case "n" -> "\n";
            case "\\" -> "\\\\";
            default -> throw new AssertionError("not in the format: an escape that there is not: " + line);
        });
    }

    private static void require(boolean holds, String what, String line) {
        if (!holds) {
            throw new AssertionError("not in the format: " + what + ": " + line);
        }
    }
}
