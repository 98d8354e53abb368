package dev.mvm.agentd.audit;

import dev.mvm.agentd.credential.Credential;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.audit.AuditRecord;
import dev.mvm.protocol.audit.CheckpointVerification;
import dev.mvm.protocol.audit.Position;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.function.Consumer;

/// Signs checkpoints with the key of the node's certificate, which is another one from time to time.
public final class CheckpointSigner {
    private final Source credential;
    private final CheckpointVerification verification = new CheckpointVerification(Optional.empty());
    private final Consumer<String> complaint;

    /// Gives the credential of this moment.
    @FunctionalInterface
    public interface Source {
        Credential read() throws IOException, GeneralSecurityException;
    }

    /// @param complaint takes one line when nothing can be signed
    public CheckpointSigner(Source credential, Consumer<String> complaint) {
        this.credential = credential;
        this.complaint = complaint;
    }

    /// Signs a checkpoint at `position`. Empty if the credential is missing, has expired or is another node's; the
    /// audit goes on without a checkpoint then.
    Optional<AuditRecord.Checkpoint> sign(Position position) {
        try {
            var current = credential.read();
            var der = Bytes.of(current.certificate().getEncoded());
            var algorithm = CheckpointVerification.algorithm(current.key().getAlgorithm());
            algorithm.initSign(current.key());
            algorithm.update(AuditRecord.Checkpoint.signed(position, der));
            var checkpoint = new AuditRecord.Checkpoint(position, der, Bytes.of(algorithm.sign()));
            var wrong = verification.complaint(checkpoint);
            wrong.ifPresent(fault -> complaint.accept("the audit has no checkpoint: " + fault));
            return wrong.isEmpty() ? Optional.of(checkpoint) : Optional.empty();
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            complaint.accept("the audit has no checkpoint: the credential cannot be used: " + e.getMessage());
            return Optional.empty();
        }
    }
}
