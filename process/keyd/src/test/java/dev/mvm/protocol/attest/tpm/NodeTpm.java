package dev.mvm.protocol.attest.tpm;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;

/// A node's TPM, for tests of what asks one.
public final class NodeTpm {
    private final SoftwareTpm tpm = new SoftwareTpm();

    public Bytes identity() {
        return Bytes.of(tpm.identityBytes());
    }

    public Digest endorsementKey() {
        return Digest.of(tpm.endorsementArea());
    }

    /// A machine that boots and measures `what` into PCR 4.
    public void boot(String what) {
        tpm.start();
        tpm.extend(
                4,
                SoftwareTpm.hex(Digest.of(what.getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                        .hex()));
    }

    public Digest pcr4() {
        return Digest.ofHash(tpm.pcrs.get(4));
    }

    /// Evidence for a statement; by a guessed secret if the credential is not for this TPM and boot.
    public Bytes evidence(Bytes credential, Digest statement) {
        return Bytes.of(tpm.evidence(tpm.open(credential).orElse(Bytes.of(new byte[32])), statement));
    }
}
