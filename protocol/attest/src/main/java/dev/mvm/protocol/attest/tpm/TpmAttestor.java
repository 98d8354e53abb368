package dev.mvm.protocol.attest.tpm;

import dev.mvm.json.JsonException;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.attest.Attestation;
import dev.mvm.protocol.attest.AttestationLevel;
import dev.mvm.protocol.attest.Evidence;
import dev.mvm.protocol.attest.NodeAttestor;
import dev.mvm.protocol.attest.SoftwareAttestor;
import dev.mvm.protocol.attest.StatementFacts;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.HexFormat;
import java.util.List;

/// Judges a quote by the TPM that one challenge was made for. Absent evidence, and an inventory, are judged as without
/// a TPM.
///
/// A quote that holds proves, in this order: the TPM with the endorsement key of the node document has the attestation
/// key (it
/// opened the secret); the key was made in this boot of the TPM (its qualified name is that of the null hierarchy); the
/// quote is
/// about this statement; and the PCRs are those of a release that operators have signed.
public final class TpmAttestor implements NodeAttestor {
    /// Parent of a key that belongs to one boot: TPM_RH_NULL, whose seed is drawn at each start of the TPM.
    private static final byte[] NULL_HIERARCHY = {0x40, 0, 0, 0x07};

    private final TpmIdentity identity;
    private final Bytes secret;
    private final List<MeasuredRelease> releases;

    /// @param identity what the challenge's credential was made for; its endorsement key is the node document's
    /// @param secret of that credential
    /// @param releases from the signed list that is in force; with an empty one no quote holds
    public TpmAttestor(TpmIdentity identity, Bytes secret, List<MeasuredRelease> releases) {
        if (secret.length() != TpmCredential.SECRET) {
            throw new IllegalArgumentException("a credential's secret has 32 bytes");
        }
        this.identity = identity;
        this.secret = secret;
        this.releases = List.copyOf(releases);
    }

    @Override
    public Attestation judge(StatementFacts statement, byte[] evidence) {
        try {
            return switch (Evidence.read(evidence)) {
                case Evidence.Absent _, Evidence.Software _ -> new SoftwareAttestor().judge(statement, evidence);
                case Evidence.Tpm(var body) -> judged(statement, TpmQuote.read(body.array()));
            };
        } catch (JsonException e) {
            return new Attestation.Failed(e.getMessage());
        } catch (TpmFormatException e) {
            return new Attestation.Failed(e.getMessage());
        }
    }

    private Attestation judged(StatementFacts statement, TpmQuote quote) throws TpmFormatException {
        if (!MessageDigest.isEqual(quote.secret().array(), secret.array())) {
            return new Attestation.Failed("the credential was not opened: another TPM, or another boot");
        }
        if (!signed(quote)) {
            return new Attestation.Failed("the quote is not signed by the attestation key");
        }
        if (!quote.signer().equals(qualifiedName())) {
            return new Attestation.Failed("the attestation key does not belong to one boot alone");
        }
        if (!quote.qualifying().equals(raw(statement.payload()))) {
            return new Attestation.Failed("the quote is about another statement");
        }
        return measured(quote);
    }

    private Attestation measured(TpmQuote quote) {
        var digest = Digest.sha256();
        quote.pcrs().forEach(value -> digest.update(value.array()));
        if (!Bytes.of(digest.digest()).equals(quote.pcrDigest())) {
            return new Attestation.Failed("the PCRs are not those that were quoted");
        }
        var values =
                quote.pcrs().stream().map(value -> Digest.ofHash(value.array())).toList();
        return releases.stream()
                .filter(release -> release.allows(values))
                .findFirst()
                .<Attestation>map(release -> new Attestation.Shown(AttestationLevel.TPM2, "release " + release.name()))
                .orElseGet(() -> new Attestation.Failed("the PCRs are those of no release of the list"));
    }

    private boolean signed(TpmQuote quote) {
        try {
            var check = Signature.getInstance("SHA256withECDSAinP1363Format");
            check.initVerify(identity.attestation().key());
            check.update(quote.attest().array());
            return check.verify(quote.signature().array());
        } catch (GeneralSecurityException e) {
            return false; // a signature out of range
        }
    }

    /// Name of a primary key together with its hierarchy (Part 1, 16: qualified name).
    private Bytes qualifiedName() {
        var digest = Digest.sha256();
        digest.update(NULL_HIERARCHY);
        digest.update(identity.attestation().name());
        return Bytes.of(ByteBuffer.allocate(34)
                .putShort((short) 0x000b)
                .put(digest.digest())
                .array());
    }

    private static Bytes raw(Digest digest) {
        return Bytes.of(HexFormat.of().parseHex(digest.hex()));
    }
}
