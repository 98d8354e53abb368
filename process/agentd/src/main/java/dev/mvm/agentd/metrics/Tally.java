package dev.mvm.agentd.metrics;

import dev.mvm.metrics.Counters;
import dev.mvm.metrics.Histogram;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// What the agent counts while it runs. Thread-safe.
public final class Tally {
    private final Counters counts = new Counters();

    /// The coordinator asked for something.
    ///
    /// @param type the message's name
    public void request(String type) {
        count(AgentMetric.REQUESTS, type);
    }

    public void requestFailed(String type) {
        count(AgentMetric.REQUESTS_FAILED, type);
    }

    /// It was turned away, as too much was being done already.
    public void requestLimited(String type) {
        count(AgentMetric.REQUESTS_LIMITED, type);
    }

    /// A stream to the coordinator.
    ///
    /// @param accepted whether it has answered
    public void connection(boolean accepted) {
        count(AgentMetric.CONNECTIONS, accepted ? "accepted" : "rejected");
    }

    /// A round of reconcile.
    ///
    /// @param outcome its name
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
