package dev.mvm.coordinator.service;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetRefusedException;
import dev.mvm.coordinator.fleet.PoolTarget;
import dev.mvm.coordinator.fleet.Records;
import dev.mvm.coordinator.fleet.Tenant;
import dev.mvm.coordinator.fleet.WithinGrant;
import dev.mvm.coordinator.store.Entry;
import dev.mvm.coordinator.store.Key;
import dev.mvm.coordinator.store.Op;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.coordinator.trust.DocumentRefusedException;
import dev.mvm.coordinator.trust.GrantReader;
import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Changes of what is wanted. Each reads, decides, and writes only if nothing has changed meanwhile; else it does so
/// again.
final class TenantService {
    private static final int TRIES = 20;

    private final FleetStore records;
    private final GrantReader reader;
    private final InstantSource clock;

    TenantService(FleetStore records, GrantReader reader, InstantSource clock) {
        this.records = records;
        this.reader = reader;
        this.clock = clock;
    }

    /// One try: empty if something has changed meanwhile.
    @FunctionalInterface
    private interface Attempt {
        boolean run() throws StoreException, ProblemException;
    }

    private static void retry(Attempt attempt) throws StoreException, ProblemException {
        for (int i = 0; i < TRIES; i++) {
            if (attempt.run()) {
                return;
            }
        }
        throw new ProblemException(Fault.UNAVAILABLE, "contended", "too many changes at once; try again");
    }

    private Optional<Entry> entry(Key key) throws StoreException {
        return records.store().get(key);
    }

    void create(TenantId name) throws StoreException, ProblemException {
        retry(() -> {
            var key = FleetStore.tenantKey(name);
            var existing = entry(key);
            if (existing.isPresent()) {
                boolean destroyed = FleetStore.tenant(existing.get()).destroyed();
                throw new ProblemException(
                        Fault.EXISTS,
                        destroyed ? "name_used" : "tenant_exists",
                        destroyed
                                ? "there was a tenant " + name + "; names are never used again"
                                : "there is a tenant " + name + " already");
            }
            var counter = entry(FleetStore.ALLOCATION);
            var allocation = FleetStore.allocation(counter);
            var network = allocation
                    .next()
                    .orElseThrow(() -> new ProblemException(
                            Fault.CONFLICT, "net_ids_exhausted", "all 4096 net ids have been used"));
            var tenant = new Tenant(name, network, clock.instant(), false);
            return records.commit(
                    Map.of(key, existing, FleetStore.ALLOCATION, counter),
                    List.of(
                            Op.put(key, FleetStore.bytes(Records.bytes(tenant))),
                            Op.put(FleetStore.ALLOCATION, FleetStore.bytes(Records.bytes(allocation.taken())))));
        });
    }

    /// @param inUse whether a node still has instances of the tenant
    void destroy(TenantId name, boolean inUse) throws StoreException, ProblemException {
        retry(() -> {
            var tenantEntry = living(name);
            var wantsEntry = entry(FleetStore.wantsKey(name));
            var wants = wantsEntry.isPresent() ? FleetStore.wants(wantsEntry.get()) : List.<PoolTarget>of();
            if (inUse || wants.stream().anyMatch(want -> want.counts().total() > 0)) {
                throw new ProblemException(
                        Fault.CONFLICT,
                        "tenant_in_use",
                        "tenant " + name
                                + " has instances or wants some: scale its pools to 0 and destroy what is left");
            }
            var tombstone = FleetStore.tenant(tenantEntry).tombstone();
            return records.commit(
                    Map.of(tenantEntry.key(), Optional.of(tenantEntry), FleetStore.wantsKey(name), wantsEntry),
                    List.of(
                            Op.put(tenantEntry.key(), FleetStore.bytes(Records.bytes(tombstone))),
                            Op.delete(FleetStore.wantsKey(name)),
                            Op.delete(FleetStore.grantKey(name)),
                            // from then on nothing opens what was encrypted with them
                            new Op.Delete(FleetStore.keysOf(name))));
        });
    }

    private Entry living(TenantId name) throws StoreException, ProblemException {
        var found = entry(FleetStore.tenantKey(name));
        if (found.isEmpty() || FleetStore.tenant(found.get()).destroyed()) {
            throw unknown(name);
        }
        return found.get();
    }

    static ProblemException unknown(TenantId name) {
        return new ProblemException(Fault.MISSING, "unknown_tenant", "there is no tenant " + name);
    }

    /// Takes a grant.
    ///
    /// @return its tenant
    TenantId publish(ByteString envelope) throws StoreException, ProblemException {
        var grant = believed(envelope);
        retry(() -> {
            var tenantEntry = living(grant.tenant());
            var grantEntry = entry(FleetStore.grantKey(grant.tenant()));
            var wantsEntry = entry(FleetStore.wantsKey(grant.tenant()));
            fresh(grant, FleetStore.tenant(tenantEntry), grantEntry.flatMap(records::grant));
            var before = wantsEntry.isPresent() ? FleetStore.wants(wantsEntry.get()) : List.<PoolTarget>of();
            var wants = fitted(grant, before);
            return records.commit(
                    Map.of(
                            tenantEntry.key(), Optional.of(tenantEntry),
                            FleetStore.grantKey(grant.tenant()), grantEntry,
                            FleetStore.wantsKey(grant.tenant()), wantsEntry),
                    List.of(
                            Op.put(FleetStore.publishedKey(grant.digest()), envelope),
                            Op.put(FleetStore.grantKey(grant.tenant()), envelope),
                            Op.put(FleetStore.wantsKey(grant.tenant()), FleetStore.bytes(Records.bytes(wants)))));
        });
        return grant.tenant();
    }

    private SignedGrant believed(ByteString envelope) throws ProblemException {
        try {
            return reader.read(envelope);
        } catch (DocumentRefusedException e) {
            throw new ProblemException(Fault.CONFLICT, e.reason(), "the grant is refused: " + e.getMessage());
        }
    }

    private void fresh(SignedGrant grant, Tenant tenant, Optional<SignedGrant> current) throws ProblemException {
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

    /// A change of what is wanted of one pool.
    @FunctionalInterface
    interface Change {
        PoolTarget of(PoolTarget before) throws ProblemException;
    }

    void change(PoolAddress pool, Change change) throws StoreException, ProblemException {
        retry(() -> {
            var tenantEntry = living(pool.tenant());
            var grantEntry = entry(FleetStore.grantKey(pool.tenant()));
            var wantsEntry = entry(FleetStore.wantsKey(pool.tenant()));
            var grant = grantEntry
                    .flatMap(records::grant)
                    .orElseThrow(() -> new ProblemException(
                            Fault.CONFLICT, "no_grant", "tenant " + pool.tenant() + " has no grant"));
            var wants = new ArrayList<>(
                    wantsEntry.isPresent() ? FleetStore.wants(wantsEntry.get()) : List.<PoolTarget>of());
            int at = indexOf(wants, pool.pool());
            if (at < 0) {
                throw new ProblemException(Fault.MISSING, "unknown_pool", "there is no pool " + pool);
            }
            wants.set(at, change.of(wants.get(at)));
            checked(grant, wants);
            return records.commit(
                    Map.of(
                            tenantEntry.key(), Optional.of(tenantEntry),
                            FleetStore.grantKey(pool.tenant()), grantEntry,
                            FleetStore.wantsKey(pool.tenant()), wantsEntry),
                    List.of(Op.put(FleetStore.wantsKey(pool.tenant()), FleetStore.bytes(Records.bytes(wants)))));
        });
    }

    private static int indexOf(List<PoolTarget> wants, PoolId pool) {
        for (int i = 0; i < wants.size(); i++) {
            if (wants.get(i).pool().equals(pool)) {
                return i;
            }
        }
        return -1;
    }

    private static void checked(SignedGrant grant, List<PoolTarget> wants) throws ProblemException {
        try {
            WithinGrant.check(grant, wants);
        } catch (FleetRefusedException e) {
            throw new ProblemException(Fault.CONFLICT, e.reason(), String.valueOf(e.getMessage()));
        }
    }
}
