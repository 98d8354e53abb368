package dev.mvm.keyd.release;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Challenges that may be answered: one for each node, the newest, once. They are in memory alone: a keyd that starts
/// anew is asked anew. Not thread-safe.
final class Challenges {
    private final Duration patience;
    private final SecureRandom random = new SecureRandom();
    private final Map<NodeId, Open> open = new HashMap<>();

    /// A challenge that was not answered yet.
    ///
    /// @param challenge digest of its payload
    /// @param tpm that it was made for; empty for a node without one
    record Open(Digest challenge, int period, Instant expires, Optional<Evidences.Tpm> tpm) {}

    /// @param patience how long one may be answered
    Challenges(Duration patience) {
        this.patience = patience;
    }

    KeyChallenge make(Digest fleet, NodeId node, int period, Instant now, Optional<Evidences.Tpm> tpm) {
        var nonce = new byte[KeyChallenge.NONCE_SIZE];
        random.nextBytes(nonce);
        var credential = tpm.map(Evidences.Tpm::credential).orElse(Bytes.EMPTY);
        var time = now.truncatedTo(ChronoUnit.SECONDS);
        return new KeyChallenge(fleet, node, Bytes.of(nonce), period, time, time.plus(patience), credential);
    }

    /// Opens a challenge for its one answer; an earlier one of the node is open no longer.
    void opened(KeyChallenge challenge, Digest digest, Optional<Evidences.Tpm> tpm) {
        open.put(challenge.node(), new Open(digest, challenge.period(), challenge.expires(), tpm));
    }

    /// Takes the challenge that a statement answers: it cannot be answered again.
    ///
    /// @throws RequestRefusedException `challenge_unknown` or `challenge_expired`
    Open answered(NodeId node, Digest challenge, Instant now) throws RequestRefusedException {
        var found = Optional.ofNullable(open.get(node))
                .filter(each -> each.challenge().equals(challenge))
                .orElseThrow(() -> new RequestRefusedException(
                        KeydReason.CHALLENGE_UNKNOWN,
                        "node " + node + " answers a challenge that is not open: it was answered before, or a newer one"
                                + " was made; ask for a new one"));
        open.remove(node);
        if (!now.isBefore(found.expires())) {
            throw new RequestRefusedException(
                    KeydReason.CHALLENGE_EXPIRED,
                    "the challenge of node " + node + " expired at " + found.expires() + ": ask for a new one");
        }
        return found;
    }
}
