package dev.mvm.agentd.metrics;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Builds text in the Prometheus exposition format, version 0.0.4. Names and label values are stable codes, so that
/// nothing has to be escaped.
final class Exposition {
    /// The format's media type.
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final StringBuilder text = new StringBuilder();
    private final Set<Family> begun = EnumSet.noneOf(Family.class);

    /// One sample of a counter or a gauge. Samples of a family follow each other.
    ///
    /// @param labels values in the order of the family's labels
    Exposition sample(Family family, long value, String... labels) {
        begin(family);
        line(family.metric(), labels(family, List.of(labels)), Long.toString(value));
        return this;
    }

    /// The same of a number that is not whole.
    Exposition fraction(Family family, double value, String... labels) {
        begin(family);
        line(family.metric(), labels(family, List.of(labels)), number(value));
        return this;
    }

    /// What was counted, in the order of the labels' values.
    Exposition counts(Family family, Map<List<String>, ? extends Number> counts) {
        begin(family);
        for (var labels : sorted(counts.keySet())) {
            var value = counts.get(labels);
            if (value != null) {
                line(family.metric(), labels(family, labels), Long.toString(value.longValue()));
            }
        }
        return this;
    }

    /// Durations, in the order of the labels' values.
    Exposition durations(Family family, Map<List<String>, Histogram> durations) {
        begin(family);
        for (var values : sorted(durations.keySet())) {
            var labels = labels(family, values);
            var histogram = durations.get(values);
            if (histogram != null) {
                histogram.read(new Histogram.Sink() {
                    @Override
                    public void bucket(String bound, long count) {
                        var all = new ArrayList<>(labels);
                        all.add("le=\"" + bound + "\"");
                        line(family.metric() + "_bucket", all, Long.toString(count));
                    }

                    @Override
                    public void end(double seconds, long count) {
                        line(family.metric() + "_sum", labels, number(seconds));
                        line(family.metric() + "_count", labels, Long.toString(count));
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

    private void begin(Family family) {
        if (begun.add(family)) {
            text.append("# HELP ")
                    .append(family.metric())
                    .append(' ')
                    .append(family.help())
                    .append('\n');
            text.append("# TYPE ")
                    .append(family.metric())
                    .append(' ')
                    .append(family.type().word())
                    .append('\n');
        }
    }

    private static List<String> labels(Family family, List<String> values) {
        var out = new ArrayList<String>();
        for (int i = 0; i < values.size(); i++) {
            out.add(family.labels().get(i) + "=\"" + values.get(i).replaceAll("[^a-z0-9_]", "_") + "\"");
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

    String text() {
        return text.toString();
    }
}
