package dev.mvm.agentd.metrics;

import java.util.Map;
import java.util.TreeMap;

/// Builds text in the Prometheus exposition format, version 0.0.4. Names and label values are stable codes, so that
/// nothing has to be escaped.
final class Exposition {
    /// The format's media type.
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final StringBuilder text = new StringBuilder();

    /// A number that only grows while the process runs, one sample for each reason.
    Exposition counter(String name, String help, Map<String, Long> byReason) {
        begin(name, help, "counter");
        new TreeMap<>(byReason)
                .forEach((reason, count) -> text.append(name)
                        .append("{reason=\"")
                        .append(reason.replaceAll("[^a-z0-9_]", "_"))
                        .append("\"} ")
                        .append(count)
                        .append('\n'));
        return this;
    }

    /// A number that is what it is now.
    Exposition gauge(String name, String help, long value) {
        begin(name, help, "gauge");
        text.append(name).append(' ').append(value).append('\n');
        return this;
    }

    private void begin(String name, String help, String type) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    String text() {
        return text.toString();
    }
}
