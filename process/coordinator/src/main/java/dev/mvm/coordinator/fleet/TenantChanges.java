package dev.mvm.coordinator.fleet;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.Key;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.DocumentRefusedException;
import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Changes of tenants, their grants and their pools' targets. Each is one transaction that holds only if nothing that
/// it was decided by has changed; otherwise it is decided again.
public final class TenantChanges {
    private final FleetStore records;
    private final InstantSource clock;

    public TenantChanges(FleetStore records, InstantSource clock) {
        this.records = records;
        this.clock = clock;
    }

    /// A change that is tried; false if an entry has changed since it was read.
    @FunctionalInterface
    private interface Attempt {
        boolean run() throws StoreException, ProblemException;
    }

    private static void retry(Attempt attempt) throws StoreException, ProblemException {
        var _ = Retries.<Boolean, StoreException>untilDone(() -> attempt.run() ? Optional.of(true) : Optional.empty());
    }

    private Optional<Entry> entry(Key key) throws StoreException {
        return records.store().get(key);
    }

    private static List<PoolTarget> targets(Optional<Entry> entry) throws StoreException {
        return entry.isPresent() ? FleetStore.targets(entry.get()) : List.of();
    }

    /// Creates a tenant and reserves the next net id for it.
    ///
    /// @throws ProblemException `tenant_exists`, `name_used`, `tombstoned` or `net_ids_exhausted`
    public void create(TenantId name) throws StoreException, ProblemException {
        retry(() -> {
            var key = FleetKeys.tenantKey(name);
            var existing = entry(key);
            var tombstone = entry(FleetKeys.tombstoneKey(name));
            TenantEnds.requireNotEnded(Fault.EXISTS, name, tombstone);
            if (existing.isPresent()) {
                throw exists(name, FleetStore.tenant(existing.get()).destroyed());
            }
            var counter = entry(FleetKeys.ALLOCATION);
            var allocation = FleetStore.allocation(counter);
            var network = allocation
                    .next()
                    .orElseThrow(() -> new ProblemException(
                            Fault.CONFLICT, "net_ids_exhausted", "all 4096 net ids have been used"));
            var tenant = new Tenant(name, network, clock.instant(), false);
            return records.commit(
                    Map.of(key, existing, FleetKeys.tombstoneKey(name), tombstone, FleetKeys.ALLOCATION, counter),
                    List.of(
                            Op.put(key, FleetStore.bytes(Records.bytes(tenant))),
                            Op.put(FleetKeys.ALLOCATION, FleetStore.bytes(Records.bytes(allocation.taken())))));
        });
    }

    private static ProblemException exists(TenantId name, boolean destroyed) {
        return destroyed
                ? new ProblemException(
                        Fault.EXISTS, "name_used", "tenant " + name + " was destroyed; a name is never used again")
                : new ProblemException(Fault.EXISTS, "tenant_exists", "tenant " + name + " already exists");
    }

    /// Destroys a tenant: removes its grant, targets and keys, and leaves a tombstone.
    ///
    /// @param inUse whether a node still has instances of the tenant
    /// @throws ProblemException `unknown_tenant` or `tenant_in_use`
    public void destroy(TenantId name, boolean inUse) throws StoreException, ProblemException {
        retry(() -> {
            var tenantEntry = living(name);
            var targetsEntry = entry(FleetKeys.wantsKey(name));
            if (inUse
                    || targets(targetsEntry).stream()
                            .anyMatch(target -> target.counts().total() > 0)) {
                throw new ProblemException(
                        Fault.CONFLICT,
                        "tenant_in_use",
                        "tenant " + name + " has instances or desired counts above 0: scale its pools to 0 and destroy"
                                + " the remaining instances");
            }
            var tombstone = FleetStore.tenant(tenantEntry).tombstone();
            return records.commit(
                    Map.of(tenantEntry.key(), Optional.of(tenantEntry), FleetKeys.wantsKey(name), targetsEntry),
                    List.of(
                            Op.put(tenantEntry.key(), FleetStore.bytes(Records.bytes(tombstone))),
                            Op.delete(FleetKeys.wantsKey(name)),
                            Op.delete(FleetKeys.grantKey(name))));
        });
    }

    private Entry living(TenantId name) throws StoreException, ProblemException {
        var found = entry(FleetKeys.tenantKey(name));
        if (found.isEmpty() || FleetStore.tenant(found.get()).destroyed()) {
            throw unknown(name);
        }
        return found.get();
    }

    /// Returns the problem of a tenant that does not exist.
    public static ProblemException unknown(TenantId name) {
        return new ProblemException(Fault.MISSING, "unknown_tenant", "there is no tenant " + name);
    }

    /// Verifies a grant and puts it in force. Pool targets that it no longer allows are reduced until they fit.
    ///
    /// @return the grant's tenant
    /// @throws ProblemException `unknown_tenant`, `tombstoned`, `beyond_grant_network`, `expired`,
    ///     `grant_superseded`, `grant_contradicts_itself`, or the reason why the document was refused
    public TenantId publish(ByteString envelope) throws StoreException, ProblemException {
        var grant = verified(envelope);
        retry(() -> {
            var tenantEntry = living(grant.tenant());
            var tombstone = entry(FleetKeys.tombstoneKey(grant.tenant()));
            TenantEnds.requireNotEnded(Fault.CONFLICT, grant.tenant(), tombstone);
            var grantEntry = entry(FleetKeys.grantKey(grant.tenant()));
            var targetsEntry = entry(FleetKeys.wantsKey(grant.tenant()));
            requireAcceptable(grant, FleetStore.tenant(tenantEntry), grantEntry.flatMap(records::grant));
            var fitted = fitted(grant, targets(targetsEntry));
            return records.commit(
                    Map.of(
                            tenantEntry.key(), Optional.of(tenantEntry),
                            FleetKeys.tombstoneKey(grant.tenant()), tombstone,
                            FleetKeys.grantKey(grant.tenant()), grantEntry,
                            FleetKeys.wantsKey(grant.tenant()), targetsEntry),
                    List.of(
                            Op.put(FleetKeys.publishedKey(grant.digest()), envelope),
                            Op.put(FleetKeys.grantKey(grant.tenant()), envelope),
                            Op.put(FleetKeys.wantsKey(grant.tenant()), FleetStore.bytes(Records.bytes(fitted)))));
        });
        return grant.tenant();
    }

    private SignedGrant verified(ByteString envelope) throws ProblemException {
        try {
            return records.grantReader().read(envelope);
        } catch (DocumentRefusedException e) {
            throw new ProblemException(Fault.CONFLICT, e.reason(), "the grant is refused: " + e.getMessage());
        }
    }

    private void requireAcceptable(SignedGrant grant, Tenant tenant, Optional<SignedGrant> current)
            throws ProblemException {
        if (!grant.network().equals(tenant.network())) {
            throw new ProblemException(
                    Fault.CONFLICT,
                    "beyond_grant_network",
                    "the grant is for net " + grant.network().net() + ", "
                            + grant.network().subnet() + "; tenant "
                            + tenant.tenant() + " has net " + tenant.network().net() + ", "
                            + tenant.network().subnet());
        }
        if (!clock.instant().isBefore(grant.expires())) {
            throw new ProblemException(Fault.CONFLICT, "expired", "the grant expired at " + grant.expires());
        }
        boolean newer = current.isEmpty()
                || grant.version() > current.get().version()
                || grant.digest().equals(current.get().digest());
        if (!newer) {
            throw new ProblemException(
                    Fault.CONFLICT,
                    "grant_superseded",
                    "version " + current.get().version() + " is in force; this is version " + grant.version());
        }
    }

    private static List<PoolTarget> fitted(SignedGrant grant, List<PoolTarget> before) throws ProblemException {
        try {
            return WithinGrant.fitted(grant, before);
        } catch (FleetRefusedException e) {
            throw new ProblemException(Fault.CONFLICT, e.reason(), String.valueOf(e.getMessage()));
        }
    }

    /// A change of the target of one pool.
    @FunctionalInterface
    public interface Change {
        PoolTarget of(PoolTarget before) throws ProblemException;
    }

    /// Changes the target of one pool, within the tenant's grant.
    ///
    /// @throws ProblemException `unknown_tenant`, `no_grant`, `unknown_pool`, `beyond_grant_count`,
    ///     `beyond_grant_revision` or `over_quota`
    public void change(PoolAddress pool, Change change) throws StoreException, ProblemException {
        retry(() -> {
            var tenantEntry = living(pool.tenant());
            var grantEntry = entry(FleetKeys.grantKey(pool.tenant()));
            var targetsEntry = entry(FleetKeys.wantsKey(pool.tenant()));
            var grant = grantEntry
                    .flatMap(records::grant)
                    .orElseThrow(() -> new ProblemException(
                            Fault.CONFLICT, "no_grant", "tenant " + pool.tenant() + " has no grant"));
            var targets = new ArrayList<>(targets(targetsEntry));
            int at = indexOf(targets, pool.pool());
            if (at < 0) {
                throw new ProblemException(Fault.MISSING, "unknown_pool", "there is no pool " + pool);
            }
            targets.set(at, change.of(targets.get(at)));
            requireWithin(grant, targets);
            return records.commit(
                    Map.of(
                            tenantEntry.key(), Optional.of(tenantEntry),
                            FleetKeys.grantKey(pool.tenant()), grantEntry,
                            FleetKeys.wantsKey(pool.tenant()), targetsEntry),
                    List.of(Op.put(FleetKeys.wantsKey(pool.tenant()), FleetStore.bytes(Records.bytes(targets)))));
        });
    }

    private static int indexOf(List<PoolTarget> targets, PoolId pool) {
        for (int i = 0; i < targets.size(); i++) {
            if (targets.get(i).pool().equals(pool)) {
                return i;
            }
        }
        return -1;
    }

    private static void requireWithin(SignedGrant grant, List<PoolTarget> targets) throws ProblemException {
        try {
            WithinGrant.check(grant, targets);
        } catch (FleetRefusedException e) {
            throw new ProblemException(Fault.CONFLICT, e.reason(), String.valueOf(e.getMessage()));
        }
    }
}
