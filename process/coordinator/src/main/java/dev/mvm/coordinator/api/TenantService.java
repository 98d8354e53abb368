package dev.mvm.coordinator.api;

import dev.mvm.coordinator.authz.Admitted;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.fleet.TenantChanges;
import dev.mvm.coordinator.node.Nodes;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.model.InstanceState;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.control.v1.CreateTenantRequest;
import dev.mvm.protocol.control.v1.DestroyTenantRequest;
import dev.mvm.protocol.control.v1.DestroyTenantResponse;
import dev.mvm.protocol.control.v1.ListTenantsRequest;
import dev.mvm.protocol.control.v1.ListTenantsResponse;
import dev.mvm.protocol.control.v1.PublishGrantRequest;
import dev.mvm.protocol.control.v1.Tenant;

/// Calls about tenants and their grants.
final class TenantService {
    private final FleetStore records;
    private final TenantChanges changes;
    private final Nodes nodes;

    TenantService(FleetStore records, TenantChanges changes, Nodes nodes) {
        this.records = records;
        this.changes = changes;
        this.nodes = nodes;
    }

    ListTenantsResponse list(Admitted caller, ListTenantsRequest all) throws StoreException {
        var views = new FleetViews(nodes.instances());
        var out = ListTenantsResponse.newBuilder();
        for (var member : records.state().members()) {
            if (caller.covers(member.tenant().tenant().value())) {
                out.addTenants(views.tenant(member));
            }
        }
        return out.build();
    }

    private Tenant view(TenantId name) throws ProblemException, StoreException {
        var views = new FleetViews(nodes.instances());
        return records.state().member(name).map(views::tenant).orElseThrow(() -> TenantChanges.unknown(name));
    }

    Tenant create(CreateTenantRequest request) throws ProblemException, StoreException {
        var name = RequestFields.parsed(request.getTenant(), TenantId::new);
        changes.create(name);
        return view(name);
    }

    DestroyTenantResponse destroy(DestroyTenantRequest request) throws ProblemException, StoreException {
        var name = RequestFields.parsed(request.getTenant(), TenantId::new);
        boolean inUse = nodes.instances().stream()
                .anyMatch(instance -> instance.getAddress().startsWith(name + "/")
                        && !instance.getState().equals(InstanceState.DESTROYED.word()));
        changes.destroy(name, inUse);
        return DestroyTenantResponse.getDefaultInstance();
    }

    Tenant publishGrant(PublishGrantRequest request) throws ProblemException, StoreException {
        return view(changes.publish(request.getEnvelope()));
    }
}
