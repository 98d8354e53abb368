package dev.mvm.coordinator.keyd;

import dev.mvm.coordinator.node.NodeLink;
import dev.mvm.protocol.keyd.node.KeyBlob;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A node's place in the order of rounds.
///
/// @param running the connection of the round that is under way
/// @param done the connection on which the node has taken its last blob
/// @param got the keys that need no further round
/// @param held the keys of the last blob that the node has taken, on whatever connection
/// @param renew moment of the next round if nothing else asks for one
/// @param next moment before which there is no round, whatever asks for one
/// @param failures rounds that have failed since the last good one
record Turn(
        Optional<NodeLink> running,
        Optional<NodeLink> done,
        WantedKeys got,
        List<KeyBlob.Key> held,
        Instant renew,
        Instant next,
        int failures) {
    /// Least time from one round of a node to its next: a node that connects again and again gets no more.
    static final Duration SPACING = Duration.ofSeconds(10);

    /// Longest time to the next round after failures.
    static final Duration LONGEST = Duration.ofMinutes(10);

    private static final int DOUBLINGS = 6;

    static final Turn FIRST =
            new Turn(Optional.empty(), Optional.empty(), WantedKeys.NONE, List.of(), Instant.MAX, Instant.MIN, 0);

    Turn {
        held = List.copyOf(held);
    }

    /// Returns whether a round begins now.
    boolean due(NodeLink link, WantedKeys wanted, Instant now) {
        boolean asked = !done.equals(Optional.of(link)) || !got.containsAll(wanted) || !now.isBefore(renew);
        return asked && !now.isBefore(next) && !running.equals(Optional.of(link));
    }

    Turn begun(NodeLink link, Instant now) {
        return new Turn(Optional.of(link), done, got, held, renew, now.plus(SPACING), failures);
    }

    /// The node has taken a blob.
    ///
    /// @param all whether nothing is left that a later round may bring
    Turn taken(NodeLink link, WantedKeys now, List<KeyBlob.Key> keys, Instant renewal, boolean all) {
        var after = new Turn(ended(link), Optional.of(link), now, keys, renewal, next, all ? 0 : failures + 1);
        return all ? after : after.paused();
    }

    /// The round has failed. What it was to bring is still wanted.
    Turn failed(NodeLink link) {
        return new Turn(ended(link), done, got, held, renew, next, failures + 1).paused();
    }

    /// The node has lost what it has taken.
    Turn lost() {
        return new Turn(running, Optional.empty(), got, List.of(), renew, next, failures);
    }

    private Turn paused() {
        var longer = SPACING.multipliedBy((1L << Math.min(failures, DOUBLINGS)) - 1);
        var pause = longer.compareTo(LONGEST) > 0 ? LONGEST : longer;
        return new Turn(running, done, got, held, renew, next.plus(pause), failures);
    }

    /// A round on a connection that another one has replaced ends without ending the other's.
    private Optional<NodeLink> ended(NodeLink link) {
        return running.filter(other -> !other.equals(link));
    }

    /// Asks for a round although nothing else does, and at once after failures: their cause may be gone.
    Turn again() {
        return new Turn(running, Optional.empty(), got, held, renew, failures > 0 ? Instant.MIN : next, 0);
    }
}
