package dev.mvm.protocol.attest.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Digest;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.attest.Attestation;
import dev.mvm.protocol.attest.AttestationLevel;
import dev.mvm.protocol.attest.StatementFacts;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole way, with mvm-attest and a TPM that computes as hardware does. What a node with a taken-over agent or root
/// can try
/// is tried on that TPM.
final class RealTpmTest {
    private static final Digest STATEMENT = Digest.of(new byte[] {1});
    private static final StatementFacts FACTS =
            new StatementFacts(STATEMENT, "b2cbb374-9b3a-4f0e-9c6a-3d1c5b8f0a11", NodeMode.HARDENED);
    private static final Digest ZEROS = Digest.ofHash(new byte[32]);
    private static final List<MeasuredRelease> RELEASES =
            List.of(new MeasuredRelease("1.0", Map.of(4, Set.of(ZEROS), 9, Set.of(ZEROS))));

    @TempDir
    private Path folder;

    private static TpmCredential credential(TpmIdentity identity) {
        return TpmCredential.make(identity, new SecureRandom());
    }

    @Test
    @Tag("claim-K9")
    void nodeWithItsTpm_isShown() throws Exception {
        try (var tpm = new RealTpm(folder)) {
            var identity = TpmIdentity.read(tpm.attest().identity());
            var credential = credential(identity);
            var evidence = tpm.attest().evidence(credential.blob().array(), STATEMENT);
            assertThat(new TpmAttestor(identity, credential.secret(), RELEASES).judge(FACTS, evidence))
                    .isEqualTo(new Attestation.Shown(AttestationLevel.TPM2, "release 1.0"));
        }
    }

    @Test
    @Tag("claim-K9")
    void anotherStart_isAnotherKey_andOpensNothingOfTheEarlier() throws Exception {
        try (var tpm = new RealTpm(folder)) {
            var before = TpmIdentity.read(tpm.attest().identity());
            var credential = credential(before);
            tpm.start();
            var after = TpmIdentity.read(tpm.attest().identity());
            assertThat(after.endorsementDigest()).isEqualTo(before.endorsementDigest());
            assertThat(after.attestation().name())
                    .isNotEqualTo(before.attestation().name());
            assertThatThrownBy(() -> tpm.attest().evidence(credential.blob().array(), STATEMENT))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("the TPM fails at credential");
        }
    }

    @Test
    @Tag("claim-K9")
    void credentialForAnotherTpm_isNotOpened() throws Exception {
        try (var tpm = new RealTpm(folder.resolve("one"));
                var other = new RealTpm(folder.resolve("other"))) {
            var credential = credential(TpmIdentity.read(other.attest().identity()));
            assertThatThrownBy(() -> tpm.attest().evidence(credential.blob().array(), STATEMENT))
                    .hasMessageContaining("the TPM fails at credential");
        }
    }

    /// A thief of the identity key who has no TPM, or one of his own: he shows the endorsement key of the node's TPM,
    /// which is
    /// public, and a key that he has himself.
    @Test
    @Tag("claim-K9")
    void keyMadeInSoftware_isGivenNoSecretByTheTpm() throws Exception {
        try (var tpm = new RealTpm(folder)) {
            var real = tpm.attest().identity();
            var endorsement = new TpmReader(real).sized();
            var mixed = TpmIdentity.read(SoftwareTpm.join(
                    SoftwareTpm.sized(endorsement), SoftwareTpm.sized(new SoftwareTpm().attestationArea())));
            assertThatThrownBy(
                            () -> tpm.attest().evidence(credential(mixed).blob().array(), STATEMENT))
                    .hasMessageContaining("the TPM fails at credential");
        }
    }

    @Test
    @Tag("claim-K9")
    void otherMeasurement_isNoReleaseOfTheList() throws Exception {
        try (var tpm = new RealTpm(folder)) {
            assertThat(tpm.extend(9, "11".repeat(32))).isZero();
            var identity = TpmIdentity.read(tpm.attest().identity());
            var credential = credential(identity);
            var evidence = tpm.attest().evidence(credential.blob().array(), STATEMENT);
            assertThat(new TpmAttestor(identity, credential.secret(), RELEASES).judge(FACTS, evidence))
                    .isEqualTo(new Attestation.Failed("the PCRs are those of no release of the list"));
        }
    }

    @Test
    @Tag("claim-K9")
    void evidenceThatIsShownAgain_holdsForNoLaterStatementOrChallenge() throws Exception {
        try (var tpm = new RealTpm(folder)) {
            var identity = TpmIdentity.read(tpm.attest().identity());
            var credential = credential(identity);
            var evidence = tpm.attest().evidence(credential.blob().array(), STATEMENT);
            var later = new StatementFacts(Digest.of(new byte[] {2}), FACTS.boot(), FACTS.mode());
            assertThat(new TpmAttestor(identity, credential.secret(), RELEASES).judge(later, evidence))
                    .isEqualTo(new Attestation.Failed("the quote is about another statement"));
            assertThat(new TpmAttestor(identity, credential(identity).secret(), RELEASES).judge(FACTS, evidence))
                    .isInstanceOf(Attestation.Failed.class);
        }
    }
}
