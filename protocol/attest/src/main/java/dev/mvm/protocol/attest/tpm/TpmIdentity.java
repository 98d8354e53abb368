package dev.mvm.protocol.attest.tpm;

import dev.mvm.model.Digest;

/// A TPM, and the attestation key that it has in this boot. Nothing is proven yet: a node says so.
public final class TpmIdentity {
    public static final int MOST_BYTES = 1024;

    private final TpmKey endorsement;
    private final TpmKey attestation;

    private TpmIdentity(TpmKey endorsement, TpmKey attestation) {
        this.endorsement = endorsement;
        this.attestation = attestation;
    }

    /// Reads what mvm-attest answers to `identity`: TPM2B_PUBLIC of the endorsement key, then of the attestation key.
    ///
    /// @throws TpmFormatException if that are not two keys of the templates in `docs/protocol/attest.md`
    public static TpmIdentity read(byte[] bytes) throws TpmFormatException {
        if (bytes.length > MOST_BYTES) {
            throw new TpmFormatException("an identity of more than " + MOST_BYTES + " bytes");
        }
        var reader = new TpmReader(bytes);
        var endorsement = TpmKey.endorsement(reader.sized());
        var attestation = TpmKey.attestation(reader.sized());
        reader.end();
        return new TpmIdentity(endorsement, attestation);
    }

    /// The digest by which a node document names the TPM.
    public Digest endorsementDigest() {
        return endorsement.digest();
    }

    TpmKey endorsement() {
        return endorsement;
    }

    TpmKey attestation() {
        return attestation;
    }
}
