package dev.mvm.agentd.metrics;

import dev.mvm.agentd.audit.TenantAudits;
import dev.mvm.agentd.reconcile.Observed;
import dev.mvm.metrics.Exposition;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.store.TrustStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;

/// The metrics of a node; `docs/operations/metrics.md` lists them.
public final class NodeMetrics {
    private static final List<String> RESOURCES = List.of("cpu", "memory", "io");

    private final TrustStore trust;
    private final Observed observed;
    private final AuditLog audit;
    private final TenantAudits audits;
    private final Tally tally;
    private final Now now;
    private final CredentialAges credential;
    private final Pressure pressure;
    private final InstantSource clock;

    /// What is going on at the moment.
    ///
    /// @param connected whether the coordinator has answered: 1 or 0
    /// @param inProgress operations that hostd has not answered
    /// @param waiting chains that wait for a place
    public record Now(IntSupplier connected, IntSupplier inProgress, IntSupplier waiting) {}

    /// @param credential directory with `key.pem` and `cert.pem`
    /// @param pressure directory with the kernel's files, `/proc/pressure`
    public NodeMetrics(
            TrustStore trust,
            Observed observed,
            AuditLog audit,
            TenantAudits audits,
            Tally tally,
            Now now,
            Path credential,
            Path pressure,
            InstantSource clock) {
        this.trust = trust;
        this.observed = observed;
        this.audit = audit;
        this.audits = audits;
        this.tally = tally;
        this.now = now;
        this.credential = new CredentialAges(credential);
        this.pressure = new Pressure(pressure);
        this.clock = clock;
    }

    /// All of them as they are now.
    public String text() {
        var out = new Exposition();
        work(out);
        var seen = observed.latest();
        out.counts(Family.AGENT_REFUSALS, byReason(audit.refusals()))
                .counts(
                        Family.HOSTD_REFUSALS,
                        byReason(seen.map(Observation::refusals).orElse(Map.of())))
                .sample(Family.HOSTD_UP, seen.isPresent() ? 1 : 0)
                .durations(Family.SEAL_DURATION, tally.durations(Family.SEAL_DURATION))
                .durations(Family.OPEN_DURATION, tally.durations(Family.OPEN_DURATION));
        seen.ifPresent(observation -> instances(out, observation));
        states(out, seen);
        credential.put(out, clock.instant());
        pressure(out, Family.PRESSURE_SOME, Pressure.Kind.SOME);
        pressure(out, Family.PRESSURE_FULL, Pressure.Kind.FULL);
        return out.text();
    }

    private void work(Exposition out) {
        out.counts(Family.REQUESTS, tally.counts(Family.REQUESTS))
                .counts(Family.REQUESTS_FAILED, tally.counts(Family.REQUESTS_FAILED))
                .counts(Family.REQUESTS_LIMITED, tally.counts(Family.REQUESTS_LIMITED))
                .counts(Family.CONNECTIONS, tally.counts(Family.CONNECTIONS))
                .sample(Family.CONNECTED, now.connected().getAsInt())
                .counts(Family.RECONCILE_RUNS, tally.counts(Family.RECONCILE_RUNS))
                .durations(Family.RECONCILE_DURATION, tally.durations(Family.RECONCILE_DURATION))
                .counts(Family.OPERATIONS, tally.counts(Family.OPERATIONS))
                .durations(Family.OPERATION_DURATION, tally.durations(Family.OPERATION_DURATION))
                .sample(Family.OPERATIONS_IN_PROGRESS, now.inProgress().getAsInt())
                .sample(Family.CHAINS_WAITING, now.waiting().getAsInt())
                .sample(Family.AUDIT_RECORDS, audits.written())
                .sample(Family.AUDIT_UNWRITTEN, audits.unwritten());
    }

    private static Map<List<String>, Long> byReason(Map<String, Long> refusals) {
        var out = new LinkedHashMap<List<String>, Long>();
        refusals.forEach((reason, count) -> out.put(List.of(reason), count));
        return out;
    }

    private void instances(Exposition out, Observation seen) {
        for (var state : InstanceState.values()) {
            long count = seen.instances().stream()
                    .filter(instance -> instance.state() == state)
                    .count();
            out.sample(Family.INSTANCES, count, state.label());
        }
        var each = new ArrayList<List<QuotaUse>>();
        for (var tenant : trust.installed().stream()
                .flatMap(state -> state.state().value().tenants().stream())
                .toList()) {
            each.add(QuotaUse.of(tenant, seen));
        }
        quotas(out, Family.QUOTA_USED, each);
        quotas(out, Family.QUOTA_LIMIT, each);
        quotas(out, Family.QUOTA_FULLEST, each);
    }

    private static void quotas(Exposition out, Family family, List<List<QuotaUse>> tenants) {
        int quotas = tenants.isEmpty() ? 0 : tenants.getFirst().size();
        for (int i = 0; i < quotas; i++) {
            int quota = i;
            var uses = tenants.stream().map(tenant -> tenant.get(quota)).toList();
            var sum = uses.stream().reduce(QuotaUse::plus).orElseThrow();
            switch (family) {
                case QUOTA_USED -> out.sample(family, sum.used(), sum.quota());
                case QUOTA_LIMIT -> out.sample(family, sum.limit(), sum.quota());
                default -> {
                    double fullest =
                            uses.stream().mapToDouble(QuotaUse::ratio).max().orElse(0);
                    out.fraction(family, fullest, sum.quota());
                }
            }
        }
    }

    private void states(Exposition out, Optional<Observation> seen) {
        var moment = clock.instant();
        var installed = trust.installed();
        var root = trust.roots().newest().value();
        out.sample(
                        Family.STATE_SEQUENCE,
                        installed.map(s -> s.state().value().sequence()).orElse(0L))
                .sample(
                        Family.HOSTD_STATE_SEQUENCE,
                        seen.map(Observation::sequence).orElse(0L))
                .sample(Family.FLOOR_SEQUENCE, trust.floor().sequence());
        installed
                .map(s -> s.state().value())
                .map(NodeState::expires)
                .ifPresent(end -> out.sample(Family.STATE_EXPIRES, until(moment, end)));
        installed.stream()
                .flatMap(s -> s.grants().values().stream())
                .map(Verified::value)
                .map(grant -> grant.expires())
                .min(Instant::compareTo)
                .ifPresent(end -> out.sample(Family.GRANT_EXPIRES, until(moment, end)));
        out.sample(Family.ROOT_VERSION, root.version())
                .sample(Family.ROOT_AGE, until(root.issuedAt(), moment))
                .sample(Family.ROOT_EXPIRES, until(moment, root.expires()));
    }

    private static long until(Instant from, Instant end) {
        return Duration.between(from, end).toSeconds();
    }

    private void pressure(Exposition out, Family family, Pressure.Kind kind) {
        for (var resource : RESOURCES) {
            pressure.seconds(resource, kind).ifPresent(seconds -> out.fraction(family, seconds, resource));
        }
    }
}
