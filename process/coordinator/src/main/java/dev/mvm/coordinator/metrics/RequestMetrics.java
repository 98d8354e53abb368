package dev.mvm.coordinator.metrics;

import dev.mvm.metrics.Counters;
import java.time.Duration;
import java.util.Locale;

/// Counts calls, their results and connections. Thread-safe.
public final class RequestMetrics {
    private final Counters counts = new Counters();

    /// The port on which a call arrived.
    public enum Port {
        /// gRPC: nodes, and operators with certificates.
        GRPC("grpc"),
        /// HTTP: operators.
        REST("rest");

        private final String word;

        Port(String word) {
            this.word = word;
        }

        private String word() {
            return word;
        }
    }

    /// Counts a call that has arrived.
    ///
    /// @param method full or short name of a known method, as `mvm.control.v1.Fleet/ListPools`; never a name that
    ///     the caller chose
    public void asked(Port port, String method) {
        counts.count(CoordinatorMetric.REQUESTS, port.word(), word(method));
    }

    /// Counts a call that was refused or that failed.
    ///
    /// @param reason a stable code
    public void failed(String method, String reason) {
        counts.count(CoordinatorMetric.REQUESTS_FAILED, word(method), reason);
    }

    /// Records the duration of a call that has ended, with or without success.
    public void took(String method, Duration duration) {
        counts.took(CoordinatorMetric.REQUEST_DURATION, duration, word(method));
    }

    /// Counts a connection.
    ///
    /// @param accepted whether it was within the limit of open connections
    public void connection(Port port, boolean accepted) {
        counts.count(CoordinatorMetric.CONNECTIONS, port.word(), accepted ? "accepted" : "rejected");
    }

    /// Returns the counts since the start.
    public Counters counts() {
        return counts;
    }

    /// `ListPools`, with or without its service, as `list_pools`.
    private static String word(String method) {
        return method.substring(method.indexOf('/') + 1)
                .replaceAll("([a-z])([A-Z])", "$1_$2")
                .toLowerCase(Locale.ROOT);
    }
}
