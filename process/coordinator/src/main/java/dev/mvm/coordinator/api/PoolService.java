package dev.mvm.coordinator.api;

import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.fleet.PoolTarget;
import dev.mvm.coordinator.fleet.TenantChanges;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.ListPoolsRequest;
import dev.mvm.protocol.control.v1.ListPoolsResponse;
import dev.mvm.protocol.control.v1.Pool;
import dev.mvm.protocol.control.v1.RevisePoolRequest;
import dev.mvm.protocol.control.v1.ScalePoolRequest;

/// Calls about pools: their desired counts and revisions beside the reported ones.
final class PoolService {
    private final FleetStore records;
    private final TenantChanges changes;
    private final Nodes nodes;

    PoolService(FleetStore records, TenantChanges changes, Nodes nodes) {
        this.records = records;
        this.changes = changes;
        this.nodes = nodes;
    }

    ListPoolsResponse list(Admitted caller, ListPoolsRequest request) throws ProblemException, StoreException {
        var only = RequestFields.optional(request.getTenant(), TenantId::new);
        var out = ListPoolsResponse.newBuilder();
        var views = new FleetViews(nodes.instances());
        for (var member : records.state().members()) {
            var tenant = member.tenant().tenant();
            if (caller.covers(tenant.value()) && (only.isEmpty() || only.get().equals(tenant))) {
                out.addAllPools(views.pools(member));
            }
        }
        return out.build();
    }

    Pool scale(ScalePoolRequest request) throws ProblemException, StoreException {
        var pool = RequestFields.pool(request.getTenant(), request.getPool());
        changes.change(pool, target -> target.with(counts(request, target)));
        return view(pool);
    }

    private static Counts counts(ScalePoolRequest request, PoolTarget target) throws ProblemException {
        var now = target.counts();
        try {
            return new Counts(
                    request.hasRunning() ? request.getRunning() : now.running(),
                    request.hasWarm() ? request.getWarm() : now.warm(),
                    request.hasSleeping() ? request.getSleeping() : now.sleeping());
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid(String.valueOf(e.getMessage()));
        }
    }

    Pool revise(RevisePoolRequest request) throws ProblemException, StoreException {
        var pool = RequestFields.pool(request.getTenant(), request.getPool());
        var revision = RequestFields.optional(request.getRevision(), Digest::new);
        changes.change(pool, target -> target.with(revision));
        return view(pool);
    }

    private Pool view(PoolAddress address) throws ProblemException, StoreException {
        var views = new FleetViews(nodes.instances());
        return records.state().member(address.tenant()).stream()
                .flatMap(member -> views.pools(member).stream())
                .filter(pool -> pool.getAddress().equals(address.toString()))
                .findFirst()
                .orElseThrow(() -> new ProblemException(Fault.MISSING, "unknown_pool", "there is no pool " + address));
    }
}
