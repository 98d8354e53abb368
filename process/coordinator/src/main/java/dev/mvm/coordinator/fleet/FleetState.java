package dev.mvm.coordinator.fleet;

import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Everything that decides the states of nodes, at one revision of the store.
///
/// @param members sorted by name; destroyed tenants are not among them
/// @param nodes the nodes that take part in placement, connected or disconnected for less than a lease, with the mode
///     that each says it is in
public record FleetState(List<Member> members, Map<NodeId, NodeMode> nodes) {
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
        nodes = Map.copyOf(nodes);
    }

    public Optional<Member> member(TenantId tenant) {
        return members.stream()
                .filter(member -> member.tenant().tenant().equals(tenant))
                .findFirst();
    }

    /// Returns the content of the state of `node` at the time `now`. A tenant whose grant is not valid at that time
    /// is left out: the node would refuse the whole state, and freezes that tenant by itself. So is a tenant that
    /// only nodes in another mode may have.
    public StateContent content(NodeId node, Instant now) {
        var tenants = new ArrayList<StateContent.Tenant>();
        var grants = new ArrayList<Digest>();
        var mode = mode(node);
        for (var member : members) {
            var valid =
                    member.grant().filter(grant -> grant.validAt(now)).filter(grant -> mode.satisfies(grant.mode()));
            if (valid.isPresent()) {
                grants.add(valid.get().digest());
                tenants.add(tenant(member, valid.get(), node));
            }
        }
        return new StateContent(grants, tenants, mode);
    }

    /// A node that has not said its mode counts as one that confines least.
    private NodeMode mode(NodeId node) {
        return nodes.getOrDefault(node, NodeMode.DEV);
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
        var share = Placement.shares(address, target.counts(), granted.min(), placed(grant, node))
                .get(node);
        return Optional.ofNullable(share)
                .map(counts -> new StateContent.Pool(
                        target.pool(),
                        target.revision(granted),
                        granted.ceiling(),
                        counts,
                        granted.flags(),
                        granted.rates()));
    }

    /// Returns the nodes that take part and may have the tenant, and `node`, whose lease may be too new to be among
    /// them.
    private Collection<NodeId> placed(SignedGrant grant, NodeId node) {
        return Stream.concat(nodes.keySet().stream(), Stream.of(node))
                .filter(each -> mode(each).satisfies(grant.mode()))
                .distinct()
                .toList();
    }
}
