package dev.mvm.protocol.trust;

import dev.mvm.model.Counts;
import dev.mvm.model.NodeMode;
import dev.mvm.model.Resources;
import dev.mvm.model.TenantId;
import java.util.List;
import java.util.Map;

/// Every line of a node state against the grant of its tenant, and its keys against those that were taken before. Pure.
final class StateWithinGrants {
    private StateWithinGrants() {}

    static void check(NodeState state, NodeMode mode, Map<TenantId, Verified<Grant>> grants, HighWaterMark floor)
            throws RefusedException {
        networksApart(state.tenants());
        for (var tenant : state.tenants()) {
            var grant = grants.get(tenant.tenant());
            if (grant == null) {
                throw new RefusedException(DocumentReason.NO_GRANT, "tenant " + tenant.tenant());
            }
            if (!mode.satisfies(grant.value().mode())) {
                throw new RefusedException(
                        DocumentReason.BEYOND_GRANT_MODE,
                        "tenant " + tenant.tenant() + ": this node is in " + mode.word() + " mode");
            }
            tenant(tenant, grant.value(), floor);
        }
    }

    private static void networksApart(List<NodeState.Tenant> tenants) throws RefusedException {
        for (int i = 0; i < tenants.size(); i++) {
            for (int j = 0; j < i; j++) {
                var a = tenants.get(i);
                var b = tenants.get(j);
                if (a.network().net().equals(b.network().net())
                        || a.network().subnet().overlaps(b.network().subnet())) {
                    throw new RefusedException(
                            DocumentReason.NETWORK_CONFLICT, "tenants " + b.tenant() + " and " + a.tenant());
                }
            }
        }
    }

    private static void tenant(NodeState.Tenant tenant, Grant grant, HighWaterMark floor) throws RefusedException {
        if (!tenant.network().equals(grant.network())) {
            throw new RefusedException(DocumentReason.BEYOND_GRANT_NETWORK, "tenant " + tenant.tenant());
        }
        if (!tenant.quotas().within(grant.quotas())) {
            throw new RefusedException(DocumentReason.BEYOND_GRANT_QUOTA, "tenant " + tenant.tenant());
        }
        for (var pool : tenant.pools()) {
            var place = tenant.tenant() + "/" + pool.pool();
            var granted = grant.pool(pool.pool())
                    .orElseThrow(() -> new RefusedException(DocumentReason.BEYOND_GRANT_POOL, place));
            pool(pool, granted, place);
        }
        for (var key : tenant.keys()) {
            key(key, grant, floor.newestKey(tenant.tenant(), key), tenant.tenant() + ", key " + key.id());
            floor.requireSameKey(tenant.tenant(), key);
        }
        quotas(tenant);
    }

    private static void key(TenantKey key, Grant grant, int newest, String place) throws RefusedException {
        var granted = grant.keys().stream()
                .filter(each -> each.id().equals(key.id()) && each.purpose() == key.purpose())
                .findFirst()
                .orElseThrow(() -> new RefusedException(DocumentReason.BEYOND_GRANT_KEY, place));
        if (key.version() < granted.minVersion()) {
            throw new RefusedException(
                    DocumentReason.KEY_REVOKED,
                    place + ": version " + key.version() + " is before " + granted.minVersion());
        }
        if (key.version() < newest) {
            throw new RefusedException(
                    DocumentReason.KEY_SUPERSEDED, place + ": version " + key.version() + " after " + newest);
        }
    }

    private static void pool(NodeState.Pool pool, Grant.Pool granted, String place) throws RefusedException {
        if (!granted.revisions().contains(pool.revision())) {
            throw new RefusedException(DocumentReason.BEYOND_GRANT_REVISION, place);
        }
        if (!pool.resources().within(granted.ceiling())) {
            throw new RefusedException(DocumentReason.BEYOND_GRANT_RESOURCES, place);
        }
        if (!pool.rates().within(granted.rates())) {
            throw new RefusedException(DocumentReason.BEYOND_GRANT_RATES, place);
        }
        if (!granted.count().contains(pool.counts().total())) {
            throw new RefusedException(
                    DocumentReason.BEYOND_GRANT_COUNT,
                    place + ": " + pool.counts().total() + ", granted are "
                            + granted.count().min() + " to " + granted.count().max());
        }
        if (!granted.flags().containsAll(pool.flags())
                || granted.flags().stream()
                        .anyMatch(flag -> flag.duty() && !pool.flags().contains(flag))) {
            throw new RefusedException(DocumentReason.BEYOND_GRANT_FLAG, place);
        }
    }

    /// The state's own arithmetic: with every count reached, no quota is exceeded. Warm instances hold memory.
    private static void quotas(NodeState.Tenant tenant) throws RefusedException {
        var quotas = tenant.quotas();
        long vcpus = 0;
        long memory = 0;
        long running = 0;
        long warm = 0;
        long disk = 0;
        long asleep = 0;
        for (var pool : tenant.pools()) {
            Counts counts = pool.counts();
            Resources each = pool.resources();
            long inMemory = (long) counts.running() + counts.warm();
            vcpus += inMemory * each.vcpus();
            memory += inMemory * each.memMib();
            running += counts.running();
            warm += counts.warm();
            disk += (long) counts.total() * each.diskGib();
            asleep += (long) counts.sleeping() * each.memMib();
            atMost(tenant, "max_instances_per_pool", counts.total(), quotas.maxInstancesPerPool());
        }
        atMost(tenant, "max_pools", tenant.pools().size(), quotas.maxPools());
        atMost(tenant, "max_vcpus", vcpus, quotas.maxVcpus());
        atMost(tenant, "max_mem_mib", memory, quotas.maxMemMib());
        atMost(tenant, "max_running", running, quotas.maxRunning());
        atMost(tenant, "max_warm", warm, quotas.maxWarm());
        atMost(tenant, "max_disk_gib", disk, quotas.maxDiskGib());
        atMost(tenant, "max_sleeping_mem_mib", asleep, quotas.maxSleepingMemMib());
    }

    private static void atMost(NodeState.Tenant tenant, String quota, long used, int limit) throws RefusedException {
        if (used > limit) {
            throw new RefusedException(
                    DocumentReason.OVER_QUOTA,
                    "tenant " + tenant.tenant() + ": " + quota + " is " + limit + ", wanted " + used);
        }
    }
}
