package dev.mvm.protocol.keyd.service;

import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import java.util.Optional;

/// Requests of clients to the key service. A request that is not here does not exist.
public sealed interface KeydRequest {
    /// Here is a signed document: a root, grant, node document, tombstone or list of measurements. Answered by
    /// [KeydReply.Done].
    record Publish(Bytes envelope) implements KeydRequest {}

    /// A challenge for a node. Answered by [KeydReply.Challenged].
    ///
    /// @param ak identity of the node's TPM in this boot, at most [#MAX_AK] bytes; empty without a TPM
    record Challenge(NodeId node, Bytes ak) implements KeydRequest {
        public static final int MAX_AK = 1024;

        public Challenge {
            atMost("an attestation key", ak, MAX_AK);
        }
    }

    /// Keys for the node and the sealing key of a statement. Answered by [KeydReply.Sealed].
    ///
    /// @param statement envelope of a key-statement
    /// @param evidence about the boot that makes the statement, at most [#MAX_EVIDENCE] bytes; may be empty
    /// @param state envelope of a node state that places the tenants on the node
    /// @param proof that the state is in the log, as hostd's `install_state` takes it; at most [#MAX_PROOF] bytes
    record Seal(Bytes statement, Bytes evidence, Bytes state, Bytes proof) implements KeydRequest {
        public static final int MAX_EVIDENCE = 65_536;
        public static final int MAX_PROOF = 40_960;

        public Seal {
            atMost("evidence", evidence, MAX_EVIDENCE);
            atMost("a proof", proof, MAX_PROOF);
        }
    }

    /// A next version of a key. Answered by [KeydReply.Rotated].
    record Rotate(TenantId tenant, KeyName key) implements KeydRequest {}

    /// Which keys there are, of one tenant or of all. Answered by [KeydReply.Keys].
    record ListKeys(Optional<TenantId> tenant) implements KeydRequest {}

    /// Records of the audit, from number `from` on, at most `most`. Answered by [KeydReply.Releases].
    ///
    /// @param from number of a record, 0 or more
    /// @param most 0 to 65,535
    record ListReleases(Optional<TenantId> tenant, Optional<NodeId> node, long from, int most) implements KeydRequest {
        public ListReleases {
            if (from < 0 || most < 0 || most > 0xffff) {
                throw new IllegalArgumentException("records from 0 on, at most 65535");
            }
        }
    }

    /// Asks for the state of the service. Answered by [KeydReply.Status].
    record AskStatus() implements KeydRequest {}

    /// All keys under the newest master key. Answered by [KeydReply.Done].
    record Rewrap() implements KeydRequest {}

    private static void atMost(String name, Bytes bytes, int most) {
        if (bytes.length() > most) {
            throw new IllegalArgumentException(name + " has at most " + most + " bytes");
        }
    }
}
