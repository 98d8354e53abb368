package dev.mvm.attack;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.attack.Attack;
import dev.mvm.protocol.trust.attack.Attacks;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/// Every document of [Attacks], handed straight to hostd.
final class DocumentAttack {
    private final Target target;
    private final AgentFiles stolen;

    DocumentAttack(Target target, AgentFiles stolen) {
        this.target = target;
        this.stolen = stolen;
    }

    void run() throws IOException {
        for (var attack : Attacks.all(stolen.position(), stolen.stateKey(), stolen.kept(), Instant.now())) {
            if (fits(attack)) {
                target.refuses(attack.name(), operation(attack), attack.reason().code());
            }
        }
    }

    /// The next state, with nothing wrong but the key.
    void withoutRole() throws IOException {
        var state = Payloads.of(stolen.position().next());
        var envelope = Bytes.of(Ceremony.signed(DocumentType.NODE_STATE, state, stolen.stateKey()));
        target.refuses(
                "a state of a key without the role",
                new HostOperation.InstallState(envelope, Bytes.of(new byte[0])),
                DocumentReason.UNTRUSTED_KEY.code());
    }

    static void one(Target target, String kind, Path file, String reason) throws IOException {
        var envelope = Bytes.of(Files.readAllBytes(file));
        var operation = kind.equals("root")
                ? new HostOperation.InstallRoot(envelope)
                : new HostOperation.InstallGrant(envelope);
        target.refuses(String.valueOf(file.getFileName()), operation, reason);
    }

    /// An envelope that no operation can carry is [FrameAttack]'s.
    private static boolean fits(Attack attack) {
        return attack.envelope().length() <= HostOperation.MAX_ENVELOPE;
    }

    private static HostOperation operation(Attack attack) {
        if (attack.as().equals(DocumentType.ROOT)) {
            return new HostOperation.InstallRoot(attack.envelope());
        }
        if (attack.as().equals(DocumentType.GRANT)) {
            return new HostOperation.InstallGrant(attack.envelope());
        }
        if (attack.as().equals(DocumentType.NODE_STATE)) {
            return new HostOperation.InstallState(attack.envelope(), attack.proof());
        }
        throw new IllegalArgumentException("no operation takes it: " + attack.as());
    }
}
