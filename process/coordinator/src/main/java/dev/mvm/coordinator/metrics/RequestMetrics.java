package dev.mvm.coordinator.metrics;

import dev.mvm.metrics.Counters;
import java.time.Duration;
import java.util.Locale;

/// Counts what is asked of the coordinator and how that ends. Thread-safe.
public final class RequestMetrics {
    private final Counters counts = new Counters();

    /// Where calls come in.
    public enum Port {
        /// Nodes, and operators with certificates.
        GRPC("grpc"),
        /// Operators' HTTP.
        REST("rest");

        private final String word;

        Port(String word) {
            this.word = word;
        }

        private String word() {
            return word;
        }
    }

    /// A call has come in.
    ///
    /// @param method full or short name, as `mvm.control.v1.Fleet/ListPools`; none that a caller made up
    public void asked(Port port, String method) {
        counts.count(CoordinatorMetric.REQUESTS, port.word(), word(method));
    }

    /// It was refused, or it failed.
    ///
    /// @param reason a stable code
    public void failed(String method, String reason) {
        counts.count(CoordinatorMetric.REQUESTS_FAILED, word(method), reason);
    }

    /// It is over, however it ended.
    public void took(String method, Duration duration) {
        counts.took(CoordinatorMetric.REQUEST_DURATION, duration, word(method));
    }

    /// Somebody has connected.
    ///
    /// @param accepted whether there was room
    public void connection(Port port, boolean accepted) {
        counts.count(CoordinatorMetric.CONNECTIONS, port.word(), accepted ? "accepted" : "rejected");
    }

    Counters counts() {
        return counts;
    }

    /// `ListPools`, with or without its service, as `list_pools`.
    private static String word(String method) {
        return method.substring(method.indexOf('/') + 1)
                .replaceAll("([a-z])([A-Z])", "$1_$2")
                .toLowerCase(Locale.ROOT);
    }
}
