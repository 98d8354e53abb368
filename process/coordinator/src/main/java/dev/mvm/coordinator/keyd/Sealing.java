package dev.mvm.coordinator.keyd;

import com.google.protobuf.ByteString;
import dev.mvm.coordinator.error.Fault;
import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.coordinator.states.LoggedStates;
import dev.mvm.coordinator.store.StoreException;
import dev.mvm.json.JsonException;
import dev.mvm.model.Bytes;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.keyd.service.KeydClient;
import dev.mvm.protocol.keyd.service.KeydException;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.keyd.service.KeydRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/// Asks the key service for challenges and blobs. Thread-safe.
final class Sealing {
    private final KeydClient client;
    private final LoggedStates states;

    /// Each proof continues the head that the service was shown by the one before.
    private final ReentrantLock sealing = new ReentrantLock();

    Sealing(KeydClient client, LoggedStates states) {
        this.client = client;
        this.states = states;
    }

    /// A blob, and the service's reasons for leaving tenants out of it.
    record Sealed(ByteString envelope, Map<TenantId, String> refused) {
        Sealed {
            refused = Map.copyOf(refused);
        }

        static Sealed of(KeydReply.Sealed reply) {
            var refused = new HashMap<TenantId, String>();
            reply.refused().forEach(each -> refused.put(each.tenant(), each.reason()));
            return new Sealed(ByteString.copyFrom(reply.envelope().array()), refused);
        }
    }

    /// Asks for a challenge.
    ///
    /// @param attestation the node's attestation key, at most 1024 bytes
    ByteString challenge(NodeId node, ByteString attestation) throws KeydException {
        return ByteString.copyFrom(
                client.challenge(node, Bytes.of(attestation.toByteArray())).array());
    }

    /// Asks for a blob.
    ///
    /// @param evidence at most 65,536 bytes
    /// @throws ProblemException `no_state` if the node has no state in the log
    Sealed seal(NodeId node, ByteString statement, ByteString evidence)
            throws KeydException, StoreException, ProblemException, InterruptedException {
        sealing.lockInterruptibly();
        try {
            long known = KeydStatus.parse(client.status()).logSize();
            var state = states.newest(node, known)
                    .orElseThrow(() -> new ProblemException(
                            Fault.UNAVAILABLE, "no_state", "node " + node + " has no state in the log"));
            return Sealed.of(client.seal(new KeydRequest.Seal(
                    bytes(statement), bytes(evidence), bytes(state.envelope()), bytes(state.proof()))));
        } catch (JsonException e) {
            throw new KeydException(KeydException.Kind.UNAVAILABLE, "keyd_malformed_answer", "not a status");
        } finally {
            sealing.unlock();
        }
    }

    private static Bytes bytes(ByteString content) {
        return Bytes.of(content.toByteArray());
    }
}
