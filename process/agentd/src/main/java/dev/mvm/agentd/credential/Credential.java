package dev.mvm.agentd.credential;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.model.NodeId;
import dev.mvm.protocol.audit.CheckpointVerification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// The node's certificate, its private key, and the authorities of which a coordinator's certificate may be.
///
/// @param authorities at least one
/// @param written when an installed key was written; of a renewed one, when its certificate became valid
public record Credential(
        PrivateKey key, X509Certificate certificate, List<X509Certificate> authorities, Instant written) {
    private static final int URI = 6;
    private static final String NODE = "spiffe://mvm/node/";
    private static final byte[] PROBE = "mvm credential".getBytes(US_ASCII);

    public Credential {
        authorities = List.copyOf(authorities);
        if (authorities.isEmpty()) {
            throw new IllegalArgumentException("a credential trusts at least one authority");
        }
    }

    /// Reads the credential that an operator has installed.
    ///
    /// @param directory has `key.pem`, `cert.pem` and `ca.pem`
    /// @throws IOException if a file is missing or cannot be read
    /// @throws GeneralSecurityException if a file holds something else, or the key is not the certificate's
    public static Credential installed(Path directory) throws IOException, GeneralSecurityException {
        return fitting(
                Files.readAllBytes(directory.resolve("key.pem")),
                Pem.certificates(Files.readAllBytes(directory.resolve("cert.pem")))
                        .getFirst(),
                Pem.certificates(Files.readAllBytes(directory.resolve("ca.pem"))),
                Files.getLastModifiedTime(directory.resolve("key.pem")).toInstant());
    }

    /// Reads a credential from the one file that [#text] makes.
    ///
    /// @throws GeneralSecurityException if it holds something else, or the key is not the certificate's
    static Credential of(byte[] text) throws GeneralSecurityException {
        var certificates = Pem.certificates(text);
        if (certificates.size() < 2) {
            throw new GeneralSecurityException("there is no authority");
        }
        var first = certificates.getFirst();
        return fitting(
                text,
                first,
                certificates.subList(1, certificates.size()),
                first.getNotBefore().toInstant());
    }

    private static Credential fitting(
            byte[] key, X509Certificate certificate, List<X509Certificate> authorities, Instant written)
            throws GeneralSecurityException {
        var read = Pem.key(key, certificate.getPublicKey().getAlgorithm());
        if (!fits(read, certificate.getPublicKey())) {
            throw new GeneralSecurityException("the key is not the certificate's");
        }
        return new Credential(read, certificate, authorities, written);
    }

    private static boolean fits(PrivateKey secret, PublicKey open) throws GeneralSecurityException {
        var signing = CheckpointVerification.algorithm(secret.getAlgorithm());
        signing.initSign(secret);
        signing.update(PROBE);
        var verifying = CheckpointVerification.algorithm(open.getAlgorithm());
        verifying.initVerify(open);
        verifying.update(PROBE);
        return verifying.verify(signing.sign());
    }

    /// Returns the whole credential as one file: the key, the certificate, then the authorities.
    public byte[] text() throws CertificateException {
        var out = new StringBuilder(Pem.of(key)).append(Pem.of(certificate));
        for (var authority : authorities) {
            out.append(Pem.of(authority));
        }
        return out.toString().getBytes(US_ASCII);
    }

    /// Returns whether the certificate has exactly one URI, the node's: one with two names could be read either
    /// way.
    static boolean names(X509Certificate certificate, NodeId node) {
        try {
            var names = certificate.getSubjectAlternativeNames();
            var uris = (names == null ? List.<List<?>>of() : names)
                    .stream()
                            .filter(name -> Integer.valueOf(URI).equals(name.get(0)))
                            .map(name -> String.valueOf(name.get(1)))
                            .toList();
            return uris.equals(List.of(NODE + node));
        } catch (CertificateException e) {
            return false; // unreadable names count as no name
        }
    }

    public Instant from() {
        return certificate.getNotBefore().toInstant();
    }

    public Instant until() {
        return certificate.getNotAfter().toInstant();
    }

    Duration lifetime() {
        return Duration.between(from(), until());
    }

    boolean validAt(Instant moment) {
        return !moment.isBefore(from()) && moment.isBefore(until());
    }

    /// Returns whether key, certificate and authorities are the same.
    boolean same(Credential other) {
        return certificate.equals(other.certificate) && authorities.equals(other.authorities) && key.equals(other.key);
    }

    /// Names no key.
    @Override
    public String toString() {
        return "credential until " + until();
    }
}
