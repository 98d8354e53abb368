package dev.mvm.agentd.metrics;

import dev.mvm.metrics.Counters;
import dev.mvm.metrics.Histogram;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// Counters of the agent. Thread-safe.
public final class Tally {
    private final Counters counts = new Counters();

    /// Counts a message of the coordinator.
    ///
    /// @param type the message's name
    public void request(String type) {
        count(AgentMetric.REQUESTS, type);
    }

    public void requestFailed(String type) {
        count(AgentMetric.REQUESTS_FAILED, type);
    }

    /// Counts a request that was refused because too many were under way.
    public void requestLimited(String type) {
        count(AgentMetric.REQUESTS_LIMITED, type);
    }

    /// Counts a stream to the coordinator.
    ///
    /// @param accepted whether the coordinator has answered on it
    public void connection(boolean accepted) {
        count(AgentMetric.CONNECTIONS, accepted ? "accepted" : "rejected");
    }

    /// Counts an attempt to renew the node's certificate.
    ///
    /// @param outcome `renewed`, or the word of the fault
    public void renewal(String outcome) {
        count(AgentMetric.RENEWALS, outcome);
    }

    /// Counts a round of reconciliation.
    ///
    /// @param outcome name of the outcome
    public void round(String outcome, Duration took) {
        count(AgentMetric.RECONCILE_RUNS, outcome);
        took(AgentMetric.RECONCILE_DURATION, took);
    }

    void count(AgentMetric family, String... labels) {
        counts.count(family, labels);
    }

    void took(AgentMetric family, Duration duration, String... labels) {
        counts.took(family, duration, labels);
    }

    Map<List<String>, LongAdder> counts(AgentMetric family) {
        return counts.counts(family);
    }

    Map<List<String>, Histogram> durations(AgentMetric family) {
        return counts.durations(family);
    }
}
