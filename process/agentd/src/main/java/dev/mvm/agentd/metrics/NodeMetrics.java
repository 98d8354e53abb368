package dev.mvm.agentd.metrics;

import dev.mvm.agentd.reconcile.Observed;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.store.TrustStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

/// The metrics of a node; `docs/operations/audit.md` lists them.
public final class NodeMetrics {
    private final TrustStore trust;
    private final Observed observed;
    private final AuditLog audit;
    private final InstantSource clock;

    public NodeMetrics(TrustStore trust, Observed observed, AuditLog audit, InstantSource clock) {
        this.trust = trust;
        this.observed = observed;
        this.audit = audit;
        this.clock = clock;
    }

    /// All of them as they are now.
    public String text() {
        var seen = observed.latest();
        var out = new Exposition()
                .counter("mvm_agent_refusals_total", "Documents that the agent refused.", audit.refusals())
                .counter(
                        "mvm_hostd_refusals_total",
                        "Operations and connections that hostd refused.",
                        seen.map(Observation::refusals).orElse(Map.of()))
                .gauge("mvm_hostd_up", "Whether hostd answers the agent.", seen.isPresent() ? 1 : 0)
                .gauge(
                        "mvm_hostd_state_sequence",
                        "Sequence number of the state that hostd has in force, 0 without one.",
                        seen.map(Observation::sequence).orElse(0L))
                .gauge(
                        "mvm_state_sequence",
                        "Sequence number of the state that the agent has in force, 0 without one.",
                        trust.installed()
                                .map(state -> state.state().value().sequence())
                                .orElse(0L))
                .gauge(
                        "mvm_floor_sequence",
                        "Sequence number below which the agent takes no state.",
                        trust.floor().sequence())
                .gauge(
                        "mvm_trust_root_version",
                        "Version of the trust root that the agent believes.",
                        trust.roots().newest().value().version());
        trust.installed()
                .ifPresent(state -> out.gauge(
                        "mvm_state_expires_in_seconds",
                        "Seconds until the state in force expires; negative since it has.",
                        Duration.between(clock.instant(), state.state().value().expires())
                                .toSeconds()));
        return out.text();
    }
}
