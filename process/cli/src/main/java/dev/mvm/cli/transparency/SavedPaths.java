package dev.mvm.cli.transparency;

import dev.mvm.cli.failure.Failure;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.transparency.Merkle;
import java.util.ArrayList;
import java.util.List;

/// Consistency paths (RFC 9162, 2.1.4.1) from a saved log, without the coordinator.
public final class SavedPaths implements Witness.Paths {
    private final SavedLog log;
    private final List<Digest> leaves = new ArrayList<>();

    public SavedPaths(SavedLog log) {
        this.log = log;
    }

    @Override
    public List<Digest> path(long smaller, long larger) throws Failure {
        while (leaves.size() < larger) {
            long index = leaves.size();
            var state = log.state(index)
                    .orElseThrow(() -> new Failure("the saved log has " + index + " states, " + larger
                            + " are needed (mvm audit states --out saves more)"));
            leaves.add(leaf(index, state));
        }
        return subproof((int) smaller, 0, (int) larger, true);
    }

    private static Digest leaf(long index, byte[] state) throws Failure {
        try {
            return Merkle.leaf(
                    Envelope.parse(state, DocumentType.NODE_STATE).payload().array());
        } catch (RefusedException e) {
            throw new Failure("invalid saved state " + index + ": " + e.getMessage());
        }
    }

    /// Computes SUBPROOF of section 2.1.4.1, for the first `known` of the leaves from `begin` to `end`.
    private List<Digest> subproof(int known, int begin, int end, boolean whole) {
        int size = end - begin;
        if (known == size) {
            return whole ? new ArrayList<>() : new ArrayList<>(List.of(hash(begin, end)));
        }
        int split = Integer.highestOneBit(size - 1);
        List<Digest> path;
        if (known <= split) {
            path = subproof(known, begin, begin + split, whole);
            path.add(hash(begin + split, end));
        } else {
            path = subproof(known - split, begin + split, end, false);
            path.add(hash(begin, begin + split));
        }
        return path;
    }

    private Digest hash(int begin, int end) {
        var tree = new GrowingTree();
        leaves.subList(begin, end).forEach(tree::add);
        return tree.root();
    }
}
