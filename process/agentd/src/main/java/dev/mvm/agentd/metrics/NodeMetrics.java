package dev.mvm.agentd.metrics;

import dev.mvm.agentd.audit.TenantAudits;
import dev.mvm.agentd.credential.Credential;
import dev.mvm.agentd.memory.MemoryUse;
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
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// The metrics of a node; `docs/operations/metrics.md` lists them.
public final class NodeMetrics {
    private static final List<String> RESOURCES = List.of("cpu", "memory", "io");

    private final TrustStore trust;
    private final Observed observed;
    private final Audits audits;
    private final Tally tally;
    private final Now now;
    private final CredentialAges credential;
    private final PressureStall pressure;
    private final MemoryUse memory;
    private final InstantSource clock;

    /// Figures of this moment.
    ///
    /// @param connected 1 if the coordinator has answered on the present stream, else 0
    /// @param inProgress operations that hostd has not answered
    /// @param waiting chains that wait for a place
    public record Now(IntSupplier connected, IntSupplier inProgress, IntSupplier waiting) {}

    /// The agent's audits.
    ///
    /// @param refusals documents that the agent refused
    /// @param tenants records of each tenant
    public record Audits(AuditLog refusals, TenantAudits tenants) {}

    /// Sources that are read for each answer.
    ///
    /// @param credential gives the credential in use
    /// @param pressure directory that has the kernel's files, `/proc/pressure`
    /// @param memory of the microVMs
    public record Sources(Supplier<Credential> credential, Path pressure, MemoryUse memory) {}

    public NodeMetrics(
            TrustStore trust,
            Observed observed,
            Audits audits,
            Tally tally,
            Now now,
            Sources sources,
            InstantSource clock) {
        this.trust = trust;
        this.observed = observed;
        this.audits = audits;
        this.tally = tally;
        this.now = now;
        this.credential = new CredentialAges(sources.credential());
        this.pressure = new PressureStall(sources.pressure());
        this.memory = sources.memory();
        this.clock = clock;
    }

    /// The metrics as they are now.
    public String text() {
        var out = new Exposition();
        work(out);
        var latest = observed.latest();
        out.counts(AgentMetric.AGENT_REFUSALS, byReason(audits.refusals().refusals()))
                .counts(
                        AgentMetric.HOSTD_REFUSALS,
                        byReason(latest.map(Observation::refusals).orElse(Map.of())))
                .sample(AgentMetric.HOSTD_UP, latest.isPresent() ? 1 : 0)
                .durations(AgentMetric.SEAL_DURATION, tally.durations(AgentMetric.SEAL_DURATION))
                .durations(AgentMetric.OPEN_DURATION, tally.durations(AgentMetric.OPEN_DURATION));
        latest.ifPresent(observation -> out.sample(AgentMetric.HOSTD_MODE, 1, observation.mode()));
        latest.ifPresent(observation -> instances(out, observation));
        states(out, latest);
        memory(out);
        credential.put(out, clock.instant());
        pressure(out, AgentMetric.PRESSURE_SOME, PressureStall.Kind.SOME);
        pressure(out, AgentMetric.PRESSURE_FULL, PressureStall.Kind.FULL);
        return out.text();
    }

    private void work(Exposition out) {
        out.counts(AgentMetric.REQUESTS, tally.counts(AgentMetric.REQUESTS))
                .counts(AgentMetric.REQUESTS_FAILED, tally.counts(AgentMetric.REQUESTS_FAILED))
                .counts(AgentMetric.REQUESTS_LIMITED, tally.counts(AgentMetric.REQUESTS_LIMITED))
                .counts(AgentMetric.CONNECTIONS, tally.counts(AgentMetric.CONNECTIONS))
                .counts(AgentMetric.RENEWALS, tally.counts(AgentMetric.RENEWALS))
                .sample(AgentMetric.CONNECTED, now.connected().getAsInt())
                .counts(AgentMetric.RECONCILE_RUNS, tally.counts(AgentMetric.RECONCILE_RUNS))
                .durations(AgentMetric.RECONCILE_DURATION, tally.durations(AgentMetric.RECONCILE_DURATION))
                .counts(AgentMetric.OPERATIONS, tally.counts(AgentMetric.OPERATIONS))
                .durations(AgentMetric.OPERATION_DURATION, tally.durations(AgentMetric.OPERATION_DURATION))
                .sample(AgentMetric.OPERATIONS_IN_PROGRESS, now.inProgress().getAsInt())
                .sample(AgentMetric.CHAINS_WAITING, now.waiting().getAsInt())
                .sample(AgentMetric.AUDIT_RECORDS, audits.tenants().written())
                .sample(AgentMetric.AUDIT_UNWRITTEN, audits.tenants().unwritten());
    }

    private static Map<List<String>, Long> byReason(Map<String, Long> refusals) {
        var out = new LinkedHashMap<List<String>, Long>();
        refusals.forEach((reason, count) -> out.put(List.of(reason), count));
        return out;
    }

    private void instances(Exposition out, Observation observation) {
        for (var state : InstanceState.values()) {
            long count = observation.instances().stream()
                    .filter(instance -> instance.state() == state)
                    .count();
            out.sample(AgentMetric.INSTANCES, count, state.word().toLowerCase(Locale.ROOT));
        }
        var each = new ArrayList<List<QuotaUse>>();
        for (var tenant : trust.installed().stream()
                .flatMap(state -> state.state().value().tenants().stream())
                .toList()) {
            each.add(QuotaUse.of(tenant, observation));
        }
        quotas(out, AgentMetric.QUOTA_USED, each);
        quotas(out, AgentMetric.QUOTA_LIMIT, each);
        quotas(out, AgentMetric.QUOTA_FULLEST, each);
    }

    private void memory(Exposition out) {
        memory.bytes().ifPresent(bytes -> out.sample(AgentMetric.INSTANCES_MEMORY, bytes));
        memory.pressure()
                .ifPresent(share -> out.fraction(AgentMetric.MEMORY_PRESSURE, share / (double) MemoryUse.WHOLE));
    }

    private static void quotas(Exposition out, AgentMetric family, List<List<QuotaUse>> tenants) {
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

    private void states(Exposition out, Optional<Observation> latest) {
        // a clock that was set back would show a state that has ended as one in force
        var moment =
                Stream.of(clock.instant(), trust.now()).max(Instant::compareTo).orElseThrow();
        var installed = trust.installed();
        var root = trust.roots().newest().value();
        out.sample(
                        AgentMetric.STATE_SEQUENCE,
                        installed.map(s -> s.state().value().sequence()).orElse(0L))
                .sample(
                        AgentMetric.HOSTD_STATE_SEQUENCE,
                        latest.map(Observation::sequence).orElse(0L))
                .sample(AgentMetric.FLOOR_SEQUENCE, trust.floor().sequence());
        installed
                .map(s -> s.state().value())
                .map(NodeState::expires)
                .ifPresent(end -> out.sample(AgentMetric.STATE_EXPIRES, until(moment, end)));
        installed.stream()
                .flatMap(s -> s.grants().values().stream())
                .map(Verified::value)
                .map(grant -> grant.expires())
                .min(Instant::compareTo)
                .ifPresent(end -> out.sample(AgentMetric.GRANT_EXPIRES, until(moment, end)));
        out.sample(AgentMetric.ROOT_VERSION, root.version())
                .sample(AgentMetric.ROOT_AGE, until(root.issuedAt(), moment))
                .sample(AgentMetric.ROOT_EXPIRES, until(moment, root.expires()));
    }

    private static long until(Instant from, Instant end) {
        return Duration.between(from, end).toSeconds();
    }

    private void pressure(Exposition out, AgentMetric family, PressureStall.Kind kind) {
        for (var resource : RESOURCES) {
            pressure.seconds(resource, kind).ifPresent(seconds -> out.fraction(family, seconds, resource));
        }
    }
}
