package dev.mvm.coordinator.pki;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateEncodingException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/// Tokens by which machines get their first certificate. A token is good once and for an hour, for one name, and names
/// the authority that signs the coordinator's certificate. Its holder is enrolled when it is made: what is revoked
/// afterwards is revoked, whether the token was used yet or not.
public final class EnrolmentTokens {
    /// Lifetime of a token.
    public static final Duration LIFE = Duration.ofHours(1);

    private static final int ID_BYTES = 8;
    private static final int SECRET_BYTES = 32;

    /// Id, secret, and the SHA-256 of the authority's certificate.
    private static final Pattern TOKEN = Pattern.compile("([0-9a-f]{16})\\.[A-Za-z0-9_-]{43}\\.[0-9a-f]{64}");

    private final FleetDirectory directory;
    private final TokenFolder folder;
    private final SecureRandom random = new SecureRandom();

    /// @param directory of the fleet, which has the authority's keys open
    public EnrolmentTokens(FleetDirectory directory) {
        this.directory = directory;
        this.folder = directory.tokens();
    }

    /// Makes a token for a node, which expires [#LIFE] later. Tokens that have expired are removed.
    public String make(Peer node, Instant now) throws PkiException {
        if (node.role() != CertificateRole.NODE) {
            throw new IllegalArgumentException("a token is for a node");
        }
        var authority = authority();
        var enrolled = Enrolment.at(now, directory.revoked().moment(node));
        folder.removeExpired(now);
        var id = HexFormat.of().formatHex(bytes(ID_BYTES));
        var secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(SECRET_BYTES));
        var token = id + "." + secret + "." + authority;
        var expires = now.plus(LIFE).truncatedTo(ChronoUnit.SECONDS);
        folder.put(id, new TokenFolder.Kept(digest(token), node, enrolled, expires, authority));
        return token;
    }

    private byte[] bytes(int count) {
        var out = new byte[count];
        random.nextBytes(out);
        return out;
    }

    /// Returns the digest of the authority by which machines know the coordinator now. During a rotation it is the
    /// older one, which signs the coordinator's certificate.
    private String authority() throws PkiException {
        try {
            return sha256(directory.authorities().ofServer().certificate().getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate has an encoding", e);
        }
    }

    /// Requires that a token is known, and for this node. It is not used up.
    ///
    /// @throws PkiException if the folder cannot be read
    public void require(Peer node, String token) throws PkiException, TokenRefusedException {
        var _ = kept(node, token);
    }

    private TokenFolder.Kept kept(Peer node, String token) throws PkiException, TokenRefusedException {
        var parts = TOKEN.matcher(token);
        if (!parts.matches()) {
            throw new TokenRefusedException("that is no token");
        }
        var kept = folder.get(parts.group(1)).orElseThrow(EnrolmentTokens::unknown);
        if (!same(kept.digest(), digest(token))) {
            throw unknown();
        }
        if (!kept.node().equals(node)) {
            throw new TokenRefusedException("the token is for " + kept.node() + ", not for " + node);
        }
        return kept;
    }

    private static TokenRefusedException unknown() {
        return new TokenRefusedException("the token was used already, has expired, or was never made");
    }

    /// Uses a token, which is gone from the disk when this returns, and also when it is refused here although it is
    /// known.
    ///
    /// @return the moment of the enrolment
    /// @throws PkiException if a file cannot be read or written
    Instant use(Peer node, String token, Instant now) throws PkiException, TokenRefusedException {
        var kept = kept(node, token);
        if (!folder.remove(token.substring(0, token.indexOf('.')))) {
            throw unknown();
        }
        if (!now.isBefore(kept.expires())) {
            throw new TokenRefusedException("the token has expired");
        }
        if (!kept.authority().equals(authority())) {
            throw new TokenRefusedException("the token names an authority that was replaced after it was made");
        }
        if (directory.revoked().names(node.toString(), kept.enrolled())) {
            throw new TokenRefusedException(node + " was revoked after the token was made");
        }
        return kept.enrolled();
    }

    /// Uses a token, and signs the certificate.
    ///
    /// @param life of the certificate
    /// @throws TokenRefusedException if the token is not good for this node, or not good any longer
    /// @throws PkiException if a file cannot be read or written
    public FleetDirectory.Issued enrol(Peer node, String token, PublicKey key, Duration life, Instant now)
            throws PkiException, TokenRefusedException {
        var enrolled = use(node, token, now);
        return directory.enrol(node, key, life, enrolled, now);
    }

    private static String digest(String token) {
        return sha256(token.getBytes(US_ASCII));
    }

    /// Compares in a time that does not depend on where they differ.
    private static boolean same(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(US_ASCII), other.getBytes(US_ASCII));
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
