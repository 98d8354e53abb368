package dev.mvm.coordinator.trust;

import com.google.protobuf.ByteString;
import dev.mvm.model.Digest;
import java.time.Instant;
import java.util.List;

/// The trust roots that this coordinator believes, from the pinned one to the newest.
public interface Roots {
    /// One of them.
    ///
    /// @param version one more than that of the root before
    /// @param digest of the signed bytes
    record Root(int version, Digest digest, Instant issuedAt, Instant expires, ByteString envelope) {}

    /// All of them, oldest first.
    List<Root> all();

    /// The version in force.
    default int version() {
        return all().getLast().version();
    }

    /// Looks at a root that should follow the newest, and changes nothing.
    ///
    /// @throws DocumentRefusedException if it does not, or is there already
    Root next(ByteString envelope) throws DocumentRefusedException;

    /// Puts the root that follows the newest in force.
    ///
    /// @throws DocumentRefusedException if it does not follow; nothing has changed then
    void adopt(ByteString envelope) throws DocumentRefusedException;

    /// Whether the coordinator's own key may sign states by the newest root.
    boolean signs();
}
