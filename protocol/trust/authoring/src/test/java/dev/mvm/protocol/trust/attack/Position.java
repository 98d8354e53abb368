package dev.mvm.protocol.trust.attack;

import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.Verified;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Knowledge of an attacker about a node: everything ever signed for it.
///
/// @param state the state in force, of sequence 2 or more
/// @param grants the grants that it relies on
public record Position(Verified<NodeState> state, List<Verified<Grant>> grants) {
    public Position {
        grants = List.copyOf(grants);
    }

    /// A state that the node would take, if it were in the log: what an attack takes one thing away from.
    public NodeState next() {
        var now = state.value();
        return new NodeState(
                now.node(),
                now.sequence() + 1,
                Optional.of(state.digest()),
                now.issuedAt(),
                now.expires(),
                now.grants(),
                now.tenants());
    }

    NodeState numbered(long sequence, Optional<Digest> previous) {
        var next = next();
        return new NodeState(
                next.node(), sequence, previous, next.issuedAt(), next.expires(), next.grants(), next.tenants());
    }

    NodeState issued(Instant at) {
        var next = next();
        return new NodeState(
                next.node(),
                next.sequence(),
                next.previous(),
                at,
                at.plus(Duration.ofHours(1)),
                next.grants(),
                next.tenants());
    }

    NodeState relyingOn(List<Digest> grants) {
        var next = next();
        return new NodeState(
                next.node(), next.sequence(), next.previous(), next.issuedAt(), next.expires(), grants, next.tenants());
    }

    NodeState of(List<NodeState.Tenant> tenants) {
        var next = next();
        return new NodeState(
                next.node(), next.sequence(), next.previous(), next.issuedAt(), next.expires(), next.grants(), tenants);
    }

    NodeState.Tenant tenant() {
        return state.value().tenants().getFirst();
    }

    Grant grant() {
        return grants.stream()
                .map(Verified::value)
                .filter(grant -> grant.tenant().equals(tenant().tenant()))
                .findFirst()
                .orElseThrow();
    }
}
