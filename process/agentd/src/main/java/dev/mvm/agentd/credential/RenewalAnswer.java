package dev.mvm.agentd.credential;

import dev.mvm.model.NodeId;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/// The coordinator's answer to a request for a certificate, of which nothing is believed.
///
/// @param chain certificates in DER, the node's first
/// @param authorities certificates in DER of every authority that the fleet trusts
/// @param server certificate of the coordinator that has answered, if it is known
public record RenewalAnswer(List<byte[]> chain, List<byte[]> authorities, Optional<X509Certificate> server) {
    /// The fleet has two while it changes from one to another.
    private static final int MAX_AUTHORITIES = 8;

    private static final String CLIENT = "1.3.6.1.5.5.7.3.2";

    public RenewalAnswer {
        chain = List.copyOf(chain);
        authorities = List.copyOf(authorities);
    }

    /// Returns the new credential.
    ///
    /// It trusts the authorities of the answer, and besides them the one by which the coordinator has just proved
    /// who it is: without that one the node could not come back.
    ///
    /// @param pair the key of the request
    /// @param present authorities that are trusted so far
    /// @throws RenewalException if the certificate is for another key, name or use, is not valid now, or is by no
    ///     authority that the new credential trusts
    public Credential credential(KeyPair pair, NodeId node, List<X509Certificate> present, Instant now)
            throws RenewalException {
        var trusted = trusted(present, now);
        if (chain.isEmpty()) {
            throw new RenewalException(RenewalFault.MALFORMED, "the answer has no certificate");
        }
        var certificate = read(chain.getFirst());
        if (!certificate.getPublicKey().equals(pair.getPublic())) {
            throw new RenewalException(RenewalFault.WRONG_KEY, "the certificate is for another key");
        }
        if (!Credential.names(certificate, node)) {
            throw new RenewalException(RenewalFault.WRONG_NAME, "the certificate is not for this node alone");
        }
        if (certificate.getBasicConstraints() >= 0 || !forClients(certificate)) {
            throw new RenewalException(RenewalFault.WRONG_USE, "the certificate is not for a client");
        }
        if (now.isBefore(certificate.getNotBefore().toInstant())
                || !now.isBefore(certificate.getNotAfter().toInstant())) {
            throw new RenewalException(RenewalFault.NOT_VALID_NOW, "the certificate is not valid now");
        }
        path(certificate, trusted, now);
        return new Credential(
                pair.getPrivate(),
                certificate,
                trusted,
                certificate.getNotBefore().toInstant());
    }

    private List<X509Certificate> trusted(List<X509Certificate> present, Instant now) throws RenewalException {
        if (authorities.isEmpty()) {
            throw new RenewalException(RenewalFault.NO_AUTHORITIES, "the answer names no authority");
        }
        if (authorities.size() > MAX_AUTHORITIES) {
            throw new RenewalException(RenewalFault.MALFORMED, "the answer has too many authorities");
        }
        var out = new LinkedHashSet<X509Certificate>();
        for (var der : authorities) {
            var authority = read(der);
            if (authority.getBasicConstraints() < 0
                    || !now.isBefore(authority.getNotAfter().toInstant())) {
                throw new RenewalException(
                        RenewalFault.UNKNOWN_AUTHORITY,
                        "an authority of the answer has expired, or may sign no certificates");
            }
            out.add(authority);
        }
        present.stream().filter(this::hasSignedTheServer).forEach(out::add);
        return new ArrayList<>(out);
    }

    private boolean hasSignedTheServer(X509Certificate authority) {
        if (server.isEmpty()) {
            return true; // it may have, and a node that trusts one too many still finds its fleet
        }
        try {
            server.get().verify(authority.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static X509Certificate read(byte[] der) throws RenewalException {
        try {
            return Pem.certificate(der);
        } catch (CertificateException e) {
            throw new RenewalException(RenewalFault.MALFORMED, "a certificate of the answer cannot be read");
        }
    }

    private static boolean forClients(X509Certificate certificate) throws RenewalException {
        try {
            var uses = certificate.getExtendedKeyUsage();
            return uses == null || uses.contains(CLIENT);
        } catch (CertificateException e) {
            throw new RenewalException(RenewalFault.MALFORMED, "the certificate's uses cannot be read");
        }
    }

    /// Authorities of a fleet sign certificates of nodes themselves, so that the path has one step.
    private static void path(X509Certificate certificate, List<X509Certificate> trusted, Instant now)
            throws RenewalException {
        try {
            var anchors = new HashSet<TrustAnchor>();
            trusted.forEach(authority -> anchors.add(new TrustAnchor(authority, null)));
            var parameters = new PKIXParameters(anchors);
            parameters.setRevocationEnabled(false); // the coordinator alone has the list
            parameters.setDate(Date.from(now));
            var path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate));
            var _ = CertPathValidator.getInstance("PKIX").validate(path, parameters);
        } catch (CertPathValidatorException e) {
            throw new RenewalException(
                    RenewalFault.UNKNOWN_AUTHORITY, "the certificate is by no authority that is trusted");
        } catch (GeneralSecurityException e) {
            throw new RenewalException(RenewalFault.MALFORMED, "the certificate cannot be verified");
        }
    }
}
