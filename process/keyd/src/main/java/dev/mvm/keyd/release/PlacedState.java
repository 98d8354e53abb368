package dev.mvm.keyd.release;

import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import java.time.Instant;
import java.util.Optional;

/// A node's signed state against the newest one that was shown before. Pure.
final class PlacedState {
    private PlacedState() {}

    /// Demands that a state is of the record's node, in force, and not older than the one before.
    ///
    /// @return the record with it
    static NodeRecord demand(NodeRecord record, Verified<NodeState> state, Instant now)
            throws RequestRefusedException, RefusedException {
        var value = state.value();
        if (!value.node().equals(record.node())) {
            throw new RefusedException(
                    DocumentReason.WRONG_NODE, "state of " + value.node() + " for a statement of " + record.node());
        }
        if (value.sequence() < record.sequence()) {
            throw new RequestRefusedException(
                    KeydReason.STATE_STALE,
                    "sequence " + value.sequence() + " after " + record.sequence() + " of node " + record.node());
        }
        boolean same = record.state().equals(Optional.of(state.digest()));
        if (value.sequence() == record.sequence() && !same) {
            throw new RefusedException(
                    DocumentReason.EQUIVOCATION,
                    "another state of " + record.node() + " has sequence " + value.sequence());
        }
        if (value.sequence() == record.sequence() + 1 && !value.previous().equals(record.state())) {
            throw new RefusedException(
                    DocumentReason.BROKEN_CHAIN, "sequence " + value.sequence() + " does not name its predecessor");
        }
        if (value.issuedAt().isAfter(now.plus(Verifier.SKEW))) {
            throw new RefusedException(
                    DocumentReason.NOT_YET_VALID, "issued at " + value.issuedAt() + ", here it is " + now);
        }
        if (!now.isBefore(value.expires())) {
            throw new RequestRefusedException(
                    KeydReason.STATE_STALE, "the state of " + record.node() + " expired at " + value.expires());
        }
        return record.shown(value.sequence(), Optional.of(state.digest()));
    }
}
