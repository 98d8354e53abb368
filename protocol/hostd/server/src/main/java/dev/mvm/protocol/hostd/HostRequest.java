package dev.mvm.protocol.hostd;

import dev.mvm.model.Digest;
import java.util.Optional;

/// An operation, and the plan of the agent's that it is a step of. hostd believes nothing about a plan: it writes the
/// hash into the receipt of the operation, and decides as it would without one.
///
/// @param plan hash of the whole plan; empty for an operation that is of none
public record HostRequest(HostOperation operation, Optional<Digest> plan) {
    /// Type of the head that names a plan, before the type of an operation.
    public static final int PLANNED = 21;

    /// Bytes of a hash.
    public static final int HASH_BYTES = 32;

    /// A request of no plan.
    public static HostRequest unplanned(HostOperation operation) {
        return new HostRequest(operation, Optional.empty());
    }
}
