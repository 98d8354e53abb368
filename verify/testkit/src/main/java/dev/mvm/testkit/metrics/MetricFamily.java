package dev.mvm.testkit.metrics;

import java.util.LinkedHashMap;
import java.util.Map;

/// One family of metrics, as it was exposed.
///
/// @param type `counter`, `gauge`, `histogram`, `summary` or `untyped`
/// @param help with its escapes undone
/// @param samples by name and labels as they stand, `name{label="value"}`, in their order
public record MetricFamily(String name, String type, String help, Map<String, Double> samples) {
    public MetricFamily {
        samples = new LinkedHashMap<>(samples);
    }
}
