package dev.mvm.agentd.audit;

import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.audit.Fact;
import dev.mvm.protocol.audit.TenantEvent;
import dev.mvm.protocol.trust.NodeState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The difference of two states for each tenant: tenants and pools that appear and disappear, new revisions, newer
/// keys.
public final class StateDiff {
    private static final String BY = "state";

    private final long sequence;
    private final Map<TenantId, List<Fact>> facts = new LinkedHashMap<>();

    private StateDiff(long sequence) {
        this.sequence = sequence;
    }

    /// The events from `before` to `after`.
    ///
    /// @param before empty if there was no state
    public static Map<TenantId, List<Fact>> between(Optional<NodeState> before, NodeState after) {
        var out = new StateDiff(after.sequence());
        for (var tenant : after.tenants()) {
            out.present(before.flatMap(state -> state.tenant(tenant.tenant())), tenant);
        }
        for (var tenant : before.map(NodeState::tenants).orElse(List.of())) {
            if (after.tenant(tenant.tenant()).isEmpty()) {
                tenant.pools().forEach(pool -> out.add(tenant, TenantEvent.POOL_DESTROYED, pool));
                out.add(tenant, TenantEvent.TENANT_DESTROYED, tenant.tenant().value(), "");
            }
        }
        return out.facts;
    }

    private void present(Optional<NodeState.Tenant> before, NodeState.Tenant now) {
        if (before.isEmpty()) {
            var where = "net " + now.network().net() + ", " + now.network().subnet();
            add(now, TenantEvent.TENANT_CREATED, now.tenant().value(), where);
        }
        for (var pool : now.pools()) {
            var earlier = before.flatMap(tenant -> tenant.pool(pool.pool()));
            if (earlier.isEmpty()) {
                add(now, TenantEvent.POOL_CREATED, pool);
            }
            if (earlier.isEmpty() || !earlier.get().revision().equals(pool.revision())) {
                add(now, TenantEvent.POOL_BUILT, pool);
            }
        }
        for (var pool : before.map(NodeState.Tenant::pools).orElse(List.of())) {
            if (now.pool(pool.pool()).isEmpty()) {
                add(now, TenantEvent.POOL_DESTROYED, pool);
            }
        }
        before.ifPresent(tenant -> keys(tenant, now));
    }

    private void keys(NodeState.Tenant before, NodeState.Tenant now) {
        for (var key : now.keys()) {
            boolean newer = before.keys().stream()
                    .anyMatch(earlier -> earlier.id().equals(key.id()) && earlier.version() < key.version());
            if (newer) {
                boolean secrets = key.purpose() == KeyPurpose.SECRETS;
                var detail = String.format(
                        Locale.ROOT, "%s, key %s, version %d", key.purpose().word(), key.id(), key.version());
                var event = secrets ? TenantEvent.SECRETS_ROTATED : TenantEvent.KEY_ROTATED;
                add(now, event, now.tenant().value(), detail);
            }
        }
    }

    private void add(NodeState.Tenant tenant, TenantEvent event, NodeState.Pool pool) {
        var counts = pool.counts();
        var detail = event == TenantEvent.POOL_BUILT
                ? pool.revision().value()
                : String.format(
                        Locale.ROOT,
                        "running %d, warm %d, sleeping %d",
                        counts.running(),
                        counts.warm(),
                        counts.sleeping());
        add(tenant, event, tenant.tenant() + "/" + pool.pool(), detail);
    }

    private void add(NodeState.Tenant tenant, TenantEvent event, String subject, String detail) {
        facts.computeIfAbsent(tenant.tenant(), _ -> new ArrayList<>())
                .add(Fact.noted(event, BY, subject, sequence, detail));
    }
}
