package dev.mvm.coordinator.pki;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;

/// Fleets as earlier versions made them: the authority's P-256 key is in `ca.pem`, before its certificate.
public final class EarlierAuthority {
    private EarlierAuthority() {}

    /// Makes a fleet.
    public static void create(Path state, Instant now) throws Exception {
        var directory = new FleetDirectory(state);
        directory.create("main", List.of(), now);
        var pair = Authority.newKeyPair();
        var name = new X500Principal("CN=mvm fleet authority of before");
        var builder = new JcaX509v3CertificateBuilder(
                name,
                BigInteger.valueOf(0xabcdef),
                Date.from(now.minus(Authority.SKEW)),
                Date.from(now.plus(Duration.ofDays(3650))),
                name,
                pair.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
        var text = new ByteArrayOutputStream();
        text.writeBytes(PemText.of(pair.getPrivate()));
        text.writeBytes(PemText.of(List.of(P256Signer.signed(builder, pair.getPrivate()))));
        Files.write(state.resolve("fleet/ca.pem"), text.toByteArray());
        try (var files = Files.newDirectoryStream(state.resolve("fleet"), "authority-*.key")) {
            for (var file : files) {
                Files.delete(file);
            }
        }
    }

    /// Makes a fleet whose authority has the key of a reference.
    public static void create(Path state, String reference) throws PkiException {
        try (var directory = new FleetDirectory(state)) {
            directory.create("main", List.of(), Optional.of(reference), Instant.now());
        }
    }
}
