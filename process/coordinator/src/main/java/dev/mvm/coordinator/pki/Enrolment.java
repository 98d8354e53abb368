package dev.mvm.coordinator.pki;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;

/// The moment, in whole seconds, at which a person enrolled the holder of a certificate. A renewed
/// certificate has the moment of the one before, so that a revocation ends all that come of one enrolment,
/// however often and whenever they are renewed.
final class Enrolment {
    /// Under the arc of random UUIDs (ITU-T X.667), which needs no registration. The value is an IA5String
    /// with the moment as in ISO 8601.
    private static final String OID = "2.25.63367946911664376458626754620164885326";

    private Enrolment() {}

    /// Returns the moment of an enrolment at `now`: after that of a revocation of the same name, whatever
    /// the clock says.
    static Instant at(Instant now, Optional<Instant> revoked) {
        var second = now.truncatedTo(ChronoUnit.SECONDS);
        return revoked.map(moment -> moment.plusSeconds(1))
                .filter(next -> next.isAfter(second))
                .orElse(second);
    }

    static void put(X509v3CertificateBuilder builder, Instant moment) throws CertIOException {
        builder.addExtension(new ASN1ObjectIdentifier(OID), false, new DERIA5String(moment.toString()));
    }

    /// Returns the moment in a certificate. One that was issued before certificates had any counts as
    /// enrolled when it was issued.
    ///
    /// @throws PkiException if the certificate holds something else
    static Instant of(X509Certificate certificate) throws PkiException {
        var value = certificate.getExtensionValue(OID);
        if (value == null) {
            return certificate.getNotBefore().toInstant().plus(Authority.SKEW);
        }
        try {
            var text = ASN1IA5String.getInstance(JcaX509ExtensionUtils.parseExtensionValue(value));
            return Instant.parse(text.getString());
        } catch (IOException | DateTimeException | IllegalArgumentException e) {
            throw new PkiException("the certificate has no readable moment of enrolment");
        }
    }
}
