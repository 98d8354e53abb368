package dev.mvm.coordinator.fleet;

import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Everything that decides what nodes are to do, at one revision of the store.
///
/// @param members sorted by name; destroyed tenants are not among them
/// @param nodes that take part: connected, or lost for less than a lease
public record FleetState(List<Member> members, List<NodeId> nodes) {
    /// A tenant with what it may be and what is wanted of it.
    ///
    /// @param grant empty before the first
    /// @param wants of the granted pools, in the grant's order
    public record Member(Tenant tenant, Optional<SignedGrant> grant, List<PoolTarget> wants) {
        public Member {
            wants = List.copyOf(wants);
        }
    }

    public FleetState {
        members = List.copyOf(members);
        nodes = List.copyOf(nodes);
    }

    public Optional<Member> member(TenantId tenant) {
        return members.stream()
                .filter(member -> member.tenant().tenant().equals(tenant))
                .findFirst();
    }

    /// What `node` is to have at the moment `now`. A tenant whose grant is not valid then is left out: a node would
    /// refuse the whole state for it, and freezes that tenant by itself.
    public StateContent content(NodeId node, Instant now) {
        var tenants = new ArrayList<StateContent.Tenant>();
        var grants = new ArrayList<Digest>();
        for (var member : members) {
            var valid = member.grant().filter(grant -> grant.validAt(now));
            if (valid.isPresent()) {
                grants.add(valid.get().digest());
                tenants.add(tenant(member, valid.get(), node));
            }
        }
        return new StateContent(grants, tenants);
    }

    private StateContent.Tenant tenant(Member member, SignedGrant grant, NodeId node) {
        var pools = new ArrayList<StateContent.Pool>();
        for (var want : member.wants()) {
            grant.pool(want.pool())
                    .flatMap(granted -> pool(grant, granted, want, node))
                    .ifPresent(pools::add);
        }
        return new StateContent.Tenant(grant.tenant(), grant.network(), grant.quotas(), pools);
    }

    private Optional<StateContent.Pool> pool(
            SignedGrant grant, SignedGrant.Pool granted, PoolTarget want, NodeId node) {
        var address = new PoolAddress(grant.tenant(), want.pool());
        var share = Placement.shares(address, want.counts(), granted.min(), placed(node))
                .get(node);
        return Optional.ofNullable(share)
                .map(counts -> new StateContent.Pool(
                        want.pool(), want.revision(granted), granted.ceiling(), counts, granted.flags()));
    }

    /// A node that is asked for takes part, even if its lease has not been seen yet.
    private Collection<NodeId> placed(NodeId node) {
        if (nodes.contains(node)) {
            return nodes;
        }
        var all = new ArrayList<>(nodes);
        all.add(node);
        return all;
    }
}
