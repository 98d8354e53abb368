package dev.mvm.metrics;

import java.util.List;

/// A family of samples: one name, told apart by labels. An enum of a process's own implements it, so that a
/// document can be compared with all there are.
public interface Metric {
    /// Type of the samples.
    enum Type {
        COUNTER("counter"),
        GAUGE("gauge"),
        HISTOGRAM("histogram");

        private final String word;

        Type(String word) {
            this.word = word;
        }

        /// Returns the spelling in the text.
        public String word() {
            return word;
        }
    }

    /// Description of a family.
    ///
    /// @param name by Prometheus's conventions: prefix, what, unit, `_total` for a counter
    /// @param help one sentence
    /// @param labels their names, in the order of their values
    record Description(String name, Type type, String help, List<String> labels) {
        public Description {
            labels = List.copyOf(labels);
        }
    }

    /// Returns the description of this metric.
    Description description();
}
