package dev.mvm.attack;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.service.KeyPayloads;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.TenantKey;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/// Challenges and blobs that the key service has not signed, handed straight to hostd: those of a coordinator that was
/// taken over and would put tenants' keys of its own making in force.
final class KeyAttack {
    private static final int LATER_THAN_ALL = Integer.MAX_VALUE;

    private final Target target;
    private final Digest fleet;
    private final NodeId node;
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    KeyAttack(Target target, Digest fleet, NodeId node) {
        this.target = target;
        this.fleet = fleet;
        this.node = node;
    }

    /// @param coordinators the keys that a coordinator has, by name
    void run(Map<String, Ceremony.Key> coordinators) throws IOException {
        for (var key : coordinators.entrySet()) {
            signedBy(key.getKey(), DocumentReason.UNTRUSTED_KEY, key.getValue());
        }
        signedBy(
                "all of them",
                DocumentReason.UNTRUSTED_KEY,
                coordinators.values().toArray(Ceremony.Key[]::new));
        signedBy("a key of the attacker's own", DocumentReason.UNTRUSTED_KEY, Ceremony.Key.fresh());
        signedBy("nobody", DocumentReason.UNSIGNED);
    }

    private void signedBy(String whose, DocumentReason reason, Ceremony.Key... keys) throws IOException {
        var challenge = Ceremony.signed(KeyChallenge.TYPE, KeyPayloads.of(challenge()), keys);
        target.refuses(
                "a challenge signed by " + whose,
                new HostOperation.AnswerChallenge(Bytes.of(challenge)),
                reason.code());
        var blob = Ceremony.signed(KeyBlob.TYPE, KeyPayloads.of(blob()), keys);
        target.refuses("a blob signed by " + whose, new HostOperation.InstallBlob(Bytes.of(blob)), reason.code());
    }

    private KeyChallenge challenge() {
        return new KeyChallenge(
                fleet, node, Bytes.of(new byte[32]), LATER_THAN_ALL, now, now.plus(Duration.ofMinutes(5)), Bytes.EMPTY);
    }

    private KeyBlob blob() {
        var key = new KeyBlob.Key(
                new TenantId("demo"),
                new TenantKey(new KeyName("snap"), KeyPurpose.SNAPSHOT, LATER_THAN_ALL, Bytes.of(new byte[16])),
                true,
                node,
                Bytes.of(new byte[48]));
        return new KeyBlob(
                fleet,
                node,
                Digest.of(new byte[0]),
                LATER_THAN_ALL,
                now,
                now.plus(Duration.ofHours(1)),
                Bytes.of(new byte[32]),
                List.of(key));
    }
}
