package dev.mvm.protocol.attest.tpm;

import dev.mvm.model.Bytes;
import java.util.ArrayList;
import java.util.List;

/// An answer of mvm-attest's to a credential, read strictly and not judged yet.
///
/// @param secret the credential's secret, as the TPM has opened it
/// @param attest TPMS_ATTEST as it was signed
/// @param signature r and s, 32 bytes each
/// @param signer name of the key that signed and of all its parents (TPM2B_NAME)
/// @param qualifying what the asker had put in
/// @param pcrDigest digest of all PCRs together
/// @param pcrs 24 values, by number
record TpmQuote(
        Bytes secret,
        Bytes attest,
        Bytes signature,
        Bytes signer,
        Bytes qualifying,
        Bytes pcrDigest,
        List<Bytes> pcrs) {
    static final int PCRS = 24;

    private static final int SHA256 = 0x000b;
    private static final int DIGEST = 32;

    static TpmQuote read(byte[] body) throws TpmFormatException {
        var reader = new TpmReader(body);
        var secret = Bytes.of(reader.sized());
        var attest = Bytes.of(reader.sized());
        var signature = signature(new TpmReader(reader.sized()));
        var pcrs = new ArrayList<Bytes>();
        for (int i = 0; i < PCRS; i++) {
            pcrs.add(Bytes.of(reader.bytes(DIGEST)));
        }
        reader.end();
        return attested(secret, attest, signature, pcrs);
    }

    /// TPMS_ATTEST of a quote over all 24 PCRs of the bank of SHA-256 (Part 2, 10.12).
    private static TpmQuote attested(Bytes secret, Bytes attest, Bytes signature, List<Bytes> pcrs)
            throws TpmFormatException {
        var reader = new TpmReader(attest.array());
        reader.expect(4, 0xff54_4347L, "TPM_GENERATED");
        reader.expect(2, 0x8018, "the kind of attestation");
        var signer = Bytes.of(reader.sized());
        var qualifying = Bytes.of(reader.sized());
        reader.bytes(8 + 4 + 4); // clock, counts of resets and restarts
        if (reader.u8() > 1) {
            throw new TpmFormatException("a flag that is neither 0 nor 1");
        }
        reader.bytes(8); // version of the TPM's firmware
        reader.expect(4, 1, "the number of banks");
        reader.expect(2, SHA256, "the bank");
        reader.expect(1, 3, "the size of the selection");
        reader.expect(3, 0xff_ffff, "the selection of PCRs");
        var pcrDigest = Bytes.of(reader.sized());
        reader.end();
        return new TpmQuote(secret, attest, signature, signer, qualifying, pcrDigest, List.copyOf(pcrs));
    }

    /// TPMT_SIGNATURE by ECDSA with SHA-256. A TPM may leave out leading zeros.
    private static Bytes signature(TpmReader reader) throws TpmFormatException {
        reader.expect(2, 0x0018, "the scheme of the signature");
        reader.expect(2, SHA256, "the digest of the signature");
        var out = new byte[2 * TpmKey.COORDINATE];
        for (int end = TpmKey.COORDINATE; end <= out.length; end += TpmKey.COORDINATE) {
            var half = reader.sized();
            if (half.length > TpmKey.COORDINATE) {
                throw new TpmFormatException("a signature that is too long");
            }
            System.arraycopy(half, 0, out, end - half.length, half.length);
        }
        reader.end();
        return Bytes.of(out);
    }
}
