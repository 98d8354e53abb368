package dev.mvm.coordinator.trust;

import com.google.protobuf.ByteString;
import dev.mvm.model.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// The trust roots of this coordinator, from the pinned one to the newest.
public interface Roots {
    /// A trust root.
    ///
    /// @param version one more than that of the root before
    /// @param digest of the signed bytes
    record Root(int version, Digest digest, Instant issuedAt, Instant expires, ByteString envelope) {}

    /// Returns all roots, oldest first.
    List<Root> all();

    /// Returns the version in force.
    default int version() {
        return all().getLast().version();
    }

    /// Verifies a root that is to follow the newest, without adopting it.
    ///
    /// @throws DocumentRefusedException if it does not follow the newest, or is adopted already
    Root next(ByteString envelope) throws DocumentRefusedException;

    /// The documents in force.
    ///
    /// @param grants envelopes by tenant
    /// @param nodes envelopes of the newest document of each node, by node
    record InForce(Map<String, ByteString> grants, Map<String, ByteString> nodes) {
        public InForce {
            grants = Map.copyOf(grants);
            nodes = Map.copyOf(nodes);
        }
    }

    /// Returns what counts under the newest root and would not under this one, with the tenants or nodes whose
    /// documents are void then.
    ///
    /// @throws DocumentRefusedException as [#next] does
    Map<RootLoss, List<String>> losses(ByteString envelope, InForce documents) throws DocumentRefusedException;

    /// Adopts the root that follows the newest.
    ///
    /// @throws DocumentRefusedException if it does not follow; nothing has changed then
    void adopt(ByteString envelope) throws DocumentRefusedException;

    /// Returns whether the newest root allows the coordinator's own key to sign states.
    boolean signs();
}
