package dev.mvm.agentd.reconcile;

import dev.mvm.model.Digest;
import java.io.IOException;
import java.util.List;

/// Source of consistency proofs: the coordinator shows that its log of states has only grown. A proof is checked by
/// the process that keeps a tree head.
@FunctionalInterface
public interface Consistency {
    /// The path from the log of `from` states to the one of `to` (RFC 9162, section 2.1.4.1).
    ///
    /// @throws IOException if the coordinator is away, or has no answer
    List<Digest> path(long from, long to) throws IOException;
}
