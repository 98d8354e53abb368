package dev.mvm.protocol.audit;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Verifies that a checkpoint was signed by the node that it names.
public final class CheckpointVerification {
    private static final int URI = 6;
    private static final String NODE = "spiffe://mvm/node/";

    /// Greatest difference between two clocks.
    private static final Duration SKEW = Duration.ofMinutes(5);

    private final List<X509Certificate> authorities;

    /// @param authority the fleet's. Without it any certificate that names the node is accepted, of any issuer
    public CheckpointVerification(Optional<X509Certificate> authority) {
        this.authorities = authority.stream().toList();
    }

    /// @param authorities the fleet's, at least one: of a chain that goes on through a rotation, the old
    ///     and the new one
    public CheckpointVerification(List<X509Certificate> authorities) {
        this.authorities = List.copyOf(authorities);
        if (authorities.isEmpty()) {
            throw new IllegalArgumentException("no authority");
        }
    }

    /// The algorithm by which a key of this kind signs checkpoints.
    ///
    /// @throws GeneralSecurityException if it is a kind that signs none
    public static Signature algorithm(String kind) throws GeneralSecurityException {
        return switch (kind) {
            case "EC" -> Signature.getInstance("SHA256withECDSA");
            case "Ed25519", "EdDSA" -> Signature.getInstance("Ed25519");
            default -> throw new GeneralSecurityException("keys of kind " + kind + " sign no checkpoints");
        };
    }

    /// Returns the fault of `checkpoint`, or empty.
    public Optional<String> complaint(AuditRecord.Checkpoint checkpoint) {
        try {
            var certificate = certificate(checkpoint.certificate().array());
            if (!names(certificate, checkpoint.position().node().value())) {
                return Optional.of("its certificate is not one of node "
                        + checkpoint.position().node());
            }
            if (!validAt(certificate, checkpoint.position().time())) {
                return Optional.of("its certificate was not valid at that time");
            }
            if (!authorities.isEmpty() && authorities.stream().noneMatch(by -> issued(by, certificate))) {
                return Optional.of("its certificate or signature is not good");
            }
            return signs(certificate.getPublicKey(), checkpoint)
                    ? Optional.empty()
                    : Optional.of("its signature is not that of its certificate's key");
        } catch (CertificateException e) {
            return Optional.of("its certificate is invalid");
        } catch (GeneralSecurityException e) {
            return Optional.of("its certificate or signature is not good");
        }
    }

    private static boolean issued(X509Certificate authority, X509Certificate certificate) {
        try {
            certificate.verify(authority.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false; // another key's signature, or a key of another kind
        }
    }

    private static X509Certificate certificate(byte[] der) throws CertificateException {
        var read = CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        if (read instanceof X509Certificate certificate) {
            return certificate;
        }
        throw new CertificateException("not X.509");
    }

    private static boolean signs(PublicKey key, AuditRecord.Checkpoint checkpoint) throws GeneralSecurityException {
        var algorithm = algorithm(key.getAlgorithm());
        algorithm.initVerify(key);
        algorithm.update(AuditRecord.Checkpoint.signed(checkpoint.position(), checkpoint.certificate()));
        return algorithm.verify(checkpoint.signature().array());
    }

    /// Returns whether the certificate has exactly one URI, the node's: one with two names could be read either
    /// way.
    private static boolean names(X509Certificate certificate, String node) throws CertificateException {
        var names = certificate.getSubjectAlternativeNames();
        var uris = (names == null ? List.<List<?>>of() : names)
                .stream()
                        .filter(name -> Integer.valueOf(URI).equals(name.get(0)))
                        .map(name -> String.valueOf(name.get(1)))
                        .toList();
        return uris.equals(List.of(NODE + node));
    }

    private static boolean validAt(X509Certificate certificate, Instant time) {
        return !time.isBefore(certificate.getNotBefore().toInstant().minus(SKEW))
                && time.isBefore(certificate.getNotAfter().toInstant().plus(SKEW));
    }
}
