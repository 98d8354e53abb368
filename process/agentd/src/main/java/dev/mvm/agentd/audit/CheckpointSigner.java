package dev.mvm.agentd.audit;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.audit.AuditRecord;
import dev.mvm.protocol.audit.CheckpointVerification;
import dev.mvm.protocol.audit.Position;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Consumer;

/// Signs checkpoints with the key of the node's certificate. The files are read each time, as they are replaced
/// while the agent runs.
public final class CheckpointSigner {
    private final Path credential;
    private final CheckpointVerification verification = new CheckpointVerification(Optional.empty());
    private final Consumer<String> complaint;

    /// @param credential directory with `key.pem` (PKCS #8) and `cert.pem`
    /// @param complaint takes one line when nothing can be signed
    public CheckpointSigner(Path credential, Consumer<String> complaint) {
        this.credential = credential;
        this.complaint = complaint;
    }

    /// Signs a checkpoint at `position`. Empty if the credential is missing, has expired or is another node's; the
    /// audit goes on without a checkpoint then.
    Optional<AuditRecord.Checkpoint> sign(Position position) {
        try {
            var certificate = certificate();
            var der = Bytes.of(certificate.getEncoded());
            var kind = certificate.getPublicKey().getAlgorithm();
            var algorithm = CheckpointVerification.algorithm(kind);
            algorithm.initSign(KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(key())));
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

    private Certificate certificate() throws IOException, GeneralSecurityException {
        var file = Files.readAllBytes(credential.resolve("cert.pem"));
        return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(file));
    }

    private byte[] key() throws IOException {
        var pem = Files.readString(credential.resolve("key.pem"));
        return Base64.getDecoder().decode(pem.replaceAll("-----[A-Z ]+-----|\\s", ""));
    }
}
