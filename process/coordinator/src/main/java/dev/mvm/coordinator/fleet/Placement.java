package dev.mvm.coordinator.fleet;

import com.google.protobuf.ByteString;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.PoolAddress;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;

/// Places the instances of a pool on nodes. The same pool and the same nodes always give the same result. Each pool
/// prefers nodes in an order of its own (rendezvous hashing), so that small pools are spread over all nodes and a
/// node that joins or leaves moves few instances.
public final class Placement {
    private Placement() {}

    /// Distributes a pool's counts over nodes, one instance at a time.
    ///
    /// @param least smallest number of instances on a node that has the pool
    /// @return the share of every node that has the pool; a share may be 0
    public static Map<NodeId, Counts> shares(PoolAddress pool, Counts counts, int least, Collection<NodeId> nodes) {
        int most = least == 0 ? nodes.size() : Math.min(nodes.size(), counts.total() / least);
        var chosen = nodes.stream()
                .sorted(Comparator.comparing((NodeId node) -> rank(pool, node))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(most)
                .toList();
        int size = chosen.size();
        var shares = new LinkedHashMap<NodeId, Counts>();
        for (int i = 0; i < size; i++) {
            int warmFrom = counts.running();
            int sleepingFrom = counts.running() + counts.warm();
            shares.put(
                    chosen.get(i),
                    new Counts(
                            dealt(0, counts.running(), size, i),
                            dealt(warmFrom, counts.warm(), size, i),
                            dealt(sleepingFrom, counts.sleeping(), size, i)));
        }
        return shares;
    }

    /// Returns the number of cards among `first` to `first + cards - 1` that the player `place` gets, if cards are
    /// dealt in turn.
    private static int dealt(int first, int cards, int players, int place) {
        return upTo(first + cards, players, place) - upTo(first, players, place);
    }

    private static int upTo(int card, int players, int place) {
        return card / players + (card % players > place ? 1 : 0);
    }

    private static String rank(PoolAddress pool, NodeId node) {
        return Digest.of(ByteString.copyFromUtf8(pool + "@" + node).toByteArray())
                .value();
    }
}
