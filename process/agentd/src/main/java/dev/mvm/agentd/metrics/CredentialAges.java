package dev.mvm.agentd.metrics;

import dev.mvm.metrics.Exposition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;

/// Ages of the node's key and certificate, by their files, which may be replaced while the agent runs. A file that
/// cannot be read has no metrics.
///
/// @param credential directory with `key.pem` and `cert.pem`
record CredentialAges(Path credential) {
    void put(Exposition out, Instant now) {
        try (var in = Files.newInputStream(credential.resolve("cert.pem"))) {
            if (CertificateFactory.getInstance("X.509").generateCertificate(in) instanceof X509Certificate read) {
                var from = read.getNotBefore().toInstant();
                var until = read.getNotAfter().toInstant();
                out.sample(
                        AgentMetric.CERTIFICATE_AGE, Duration.between(from, now).toSeconds());
                out.sample(
                        AgentMetric.CERTIFICATE_EXPIRES,
                        Duration.between(now, until).toSeconds());
            }
            var written =
                    Files.getLastModifiedTime(credential.resolve("key.pem")).toInstant();
            out.sample(AgentMetric.KEY_AGE, Duration.between(written, now).toSeconds());
        } catch (IOException | CertificateException e) {
            return; // the link to the coordinator logs the fault of the credential
        }
    }
}
