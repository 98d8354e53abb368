package dev.mvm.protocol.keyd.node;

import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Rfc3339;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import java.time.Instant;

/// The key service asks a node for its sealing key of one period.
///
/// @param fleet digest of the first trust root of the node's fleet
/// @param nonce 32 random bytes
/// @param period 1 or more, larger than that of every earlier challenge of the node
/// @param time the key service's clock
/// @param expires the challenge may be answered once, until then
/// @param credential for the node's TPM (TPM2_MakeCredential), at most 1024 bytes; empty for a node without one
public record KeyChallenge(
        Digest fleet, NodeId node, Bytes nonce, int period, Instant time, Instant expires, Bytes credential) {
    public static final DocumentType TYPE = new DocumentType("key-challenge", 1, 1, 4 * 1024);

    /// Bytes of a nonce.
    public static final int NONCE_SIZE = 32;

    /// Most bytes of a credential.
    public static final int MAX_CREDENTIAL = 1024;

    public KeyChallenge {
        if (nonce.length() != NONCE_SIZE || credential.length() > MAX_CREDENTIAL) {
            throw new IllegalArgumentException("a challenge has a nonce of " + NONCE_SIZE
                    + " bytes and a credential of at most " + MAX_CREDENTIAL);
        }
        if (period < 1 || !time.isBefore(expires)) {
            throw new IllegalArgumentException("a challenge has a period from 1 on and expires after its time");
        }
    }

    /// Verifies a challenge by its signature alone: who answers it looks at fleet, node and times.
    ///
    /// @throws RefusedException if no key of role `keys` has signed it, or it is no challenge
    public static Verified<KeyChallenge> verified(Verifier verifier, Verified<TrustRoot> root, byte[] envelope)
            throws RefusedException {
        return verifier.signed(root, Role.KEYS, envelope, TYPE, (payload, _) -> parse(payload));
    }

    /// Returns the contents of a payload without verification.
    ///
    /// @throws JsonException if it is not a challenge
    public static KeyChallenge parse(byte[] payload) throws JsonException {
        return TYPE.read(payload, 1, KeyChallenge::challenge);
    }

    private static KeyChallenge challenge(JsonFields fields) throws JsonException {
        return new KeyChallenge(
                fields.parsed("fleet", Digest::new),
                fields.parsed("node", NodeId::new),
                fields.parsed("nonce", Bytes::ofBase64),
                fields.intBetween("period", 1, Integer.MAX_VALUE),
                fields.parsed("time", Rfc3339::parse),
                fields.parsed("expires", Rfc3339::parse),
                fields.parsed("credential", Bytes::ofBase64));
    }
}
