package dev.mvm.coordinator.states;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.fleet.FleetKeys;
import dev.mvm.coordinator.fleet.FleetStore;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.control.log.ProofJson;
import java.util.List;
import java.util.Optional;

/// Node states with the proof that they are in the log.
public final class LoggedStates {
    private final FleetStore records;

    public LoggedStates(FleetStore records) {
        this.records = records;
    }

    /// A state with its proof, as docs/protocol/log.md has it.
    public record Logged(ByteString envelope, ByteString proof) {}

    /// Returns the newest state that was issued to a node.
    ///
    /// @param known number of states in the head that the reader has; 0 for none
    /// @return empty if there is no state in the log
    public Optional<Logged> newest(NodeId node, long known) throws StoreException {
        var entry = records.store().get(FleetKeys.stateKey(node));
        if (entry.isEmpty() || FleetStore.issued(entry.get()).index().isEmpty()) {
            return Optional.empty();
        }
        long index = FleetStore.issued(entry.get()).index().getAsLong();
        return Optional.of(new Logged(records.log().state(index), proof(index, known)));
    }

    /// Returns the proof that the state at `index` is in the log.
    ///
    /// @param known number of states in the head that the reader has; there is no path from it if that is 0, or all
    ///     states
    ByteString proof(long index, long known) throws StoreException {
        var tip = records.log().end().tip();
        var inclusion = hex(records.log().inclusion(index, tip.size()));
        var consistency =
                known > 0 && known < tip.size() ? hex(records.log().consistency(known, tip.size())) : List.<String>of();
        return ByteString.copyFrom(ProofJson.of(tip.head().toByteArray(), index, inclusion, consistency));
    }

    private static List<String> hex(List<Digest> hashes) {
        return hashes.stream().map(Digest::hex).toList();
    }
}
