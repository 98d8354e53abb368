package dev.mvm.metrics;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Builds text in the Prometheus exposition format, version 0.0.4. Names and label values are stable codes, so that
/// nothing has to be escaped.
public final class Exposition {
    /// The format's media type.
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final StringBuilder text = new StringBuilder();
    private final Set<Metric> begun = new HashSet<>();

    /// One sample of a counter or a gauge. Samples of a metric follow each other.
    ///
    /// @param labels values in the order of the metric's labels
    public Exposition sample(Metric metric, long value, String... labels) {
        begin(metric);
        line(metric.description().name(), labels(metric, List.of(labels)), Long.toString(value));
        return this;
    }

    /// The same of a number that is not whole.
    public Exposition fraction(Metric metric, double value, String... labels) {
        begin(metric);
        line(metric.description().name(), labels(metric, List.of(labels)), number(value));
        return this;
    }

    /// Adds counts, in the order of the labels' values.
    public Exposition counts(Metric metric, Map<List<String>, ? extends Number> counts) {
        begin(metric);
        for (var labels : sorted(counts.keySet())) {
            var value = counts.get(labels);
            if (value != null) {
                line(metric.description().name(), labels(metric, labels), Long.toString(value.longValue()));
            }
        }
        return this;
    }

    /// Durations, in the order of the labels' values.
    public Exposition durations(Metric metric, Map<List<String>, Histogram> durations) {
        begin(metric);
        for (var values : sorted(durations.keySet())) {
            var labels = labels(metric, values);
            var histogram = durations.get(values);
            if (histogram != null) {
                histogram.read(new Histogram.Sink() {
                    @Override
                    public void bucket(String bound, long count) {
                        var all = new ArrayList<>(labels);
                        all.add("le=\"" + bound + "\"");
                        line(metric.description().name() + "_bucket", all, Long.toString(count));
                    }

                    @Override
                    public void end(double seconds, long count) {
                        line(metric.description().name() + "_sum", labels, number(seconds));
                        line(metric.description().name() + "_count", labels, Long.toString(count));
                    }
                });
            }
        }
        return this;
    }

    private static List<List<String>> sorted(Set<List<String>> labels) {
        return labels.stream()
                .sorted((one, other) -> String.join(",", one).compareTo(String.join(",", other)))
                .toList();
    }

    private void begin(Metric metric) {
        if (begun.add(metric)) {
            text.append("# HELP ")
                    .append(metric.description().name())
                    .append(' ')
                    .append(metric.description().help())
                    .append('\n');
            text.append("# TYPE ")
                    .append(metric.description().name())
                    .append(' ')
                    .append(metric.description().type().word())
                    .append('\n');
        }
    }

    private static List<String> labels(Metric metric, List<String> values) {
        var out = new ArrayList<String>();
        for (int i = 0; i < values.size(); i++) {
            out.add(metric.description().labels().get(i) + "=\"" + values.get(i).replaceAll("[^a-z0-9_]", "_") + "\"");
        }
        return out;
    }

    private void line(String name, List<String> labels, String value) {
        text.append(name);
        if (!labels.isEmpty()) {
            text.append('{').append(String.join(",", labels)).append('}');
        }
        text.append(' ').append(value).append('\n');
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    /// All of it.
    public String text() {
        return text.toString();
    }
}
