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

/// Everything that decides the states of nodes, at one revision of the store.
///
/// @param members sorted by name; destroyed tenants are not among them
/// @param nodes the nodes that take part in placement: connected, or disconnected for less than a lease
public record FleetState(List<Member> members, List<NodeId> nodes) {
    /// A tenant with its grant and the targets of its pools.
    ///
    /// @param grant empty before the first grant
    /// @param targets of the granted pools, in the grant's order
    public record Member(Tenant tenant, Optional<SignedGrant> grant, List<PoolTarget> targets) {
        public Member {
            targets = List.copyOf(targets);
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

    /// Returns the content of the state of `node` at the time `now`. A tenant whose grant is not valid at that time
    /// is left out: the node would refuse the whole state, and freezes that tenant by itself.
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
        for (var target : member.targets()) {
            grant.pool(target.pool())
                    .flatMap(granted -> pool(grant, granted, target, node))
                    .ifPresent(pools::add);
        }
        return new StateContent.Tenant(grant.tenant(), grant.network(), grant.quotas(), pools);
    }

    private Optional<StateContent.Pool> pool(
            SignedGrant grant, SignedGrant.Pool granted, PoolTarget target, NodeId node) {
        var address = new PoolAddress(grant.tenant(), target.pool());
        var share = Placement.shares(address, target.counts(), granted.min(), placed(node))
                .get(node);
        return Optional.ofNullable(share)
                .map(counts -> new StateContent.Pool(
                        target.pool(), target.revision(granted), granted.ceiling(), counts, granted.flags()));
    }

    /// Returns the nodes that take part, and `node`, whose lease may be too new to be among them.
    private Collection<NodeId> placed(NodeId node) {
        if (nodes.contains(node)) {
            return nodes;
        }
        var all = new ArrayList<>(nodes);
        all.add(node);
        return all;
    }
}
