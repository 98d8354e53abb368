package dev.mvm.protocol.attest.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeMode;
import dev.mvm.property.Property;
import dev.mvm.protocol.attest.Attestation;
import dev.mvm.protocol.attest.AttestationLevel;
import dev.mvm.protocol.attest.StatementFacts;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class TpmAttestorTest {
    private static final Digest ZEROS = Digest.ofHash(new byte[32]);
    private static final Digest STATEMENT = Digest.of(new byte[] {1});
    private static final StatementFacts FACTS =
            new StatementFacts(STATEMENT, "b2cbb374-9b3a-4f0e-9c6a-3d1c5b8f0a11", NodeMode.HARDENED);
    private static final List<MeasuredRelease> RELEASES =
            List.of(new MeasuredRelease("1.0", Map.of(4, Set.of(ZEROS), 9, Set.of(ZEROS))));

    private final SoftwareTpm tpm = new SoftwareTpm();

    private static TpmCredential credential(TpmIdentity identity) {
        return TpmCredential.make(identity, new SecureRandom());
    }

    private Attestation judged(byte[] evidence, Bytes secret) throws TpmFormatException {
        return new TpmAttestor(tpm.identity(), secret, RELEASES).judge(FACTS, evidence);
    }

    private static void assertFailed(Attestation attestation, String why) {
        assertThat(attestation)
                .isInstanceOfSatisfying(
                        Attestation.Failed.class,
                        failed -> assertThat(failed.why()).contains(why));
    }

    @Test
    @Tag("claim-K9")
    void tpmThatOpensItsCredential_andMeasuresARelease_isShown() throws Exception {
        var credential = credential(tpm.identity());
        var secret = tpm.open(credential.blob()).orElseThrow();
        assertThat(judged(tpm.evidence(secret, STATEMENT), credential.secret()))
                .isEqualTo(new Attestation.Shown(AttestationLevel.TPM2, "release 1.0"));
    }

    @Test
    @Tag("claim-K9")
    void credential_isOpenedByNoOtherTpm_andForNoOtherKey() throws Exception {
        var credential = credential(tpm.identity());
        assertThat(new SoftwareTpm().open(credential.blob())).isEmpty();
        tpm.start();
        assertThat(tpm.open(credential.blob())).isEmpty();
    }

    @Test
    @Tag("claim-K9")
    void credentialWithAnyByteChanged_isNotOpened() throws Exception {
        var blob = credential(tpm.identity()).blob().array();
        for (int at = 0; at < blob.length; at++) {
            var changed = blob.clone();
            changed[at] ^= 1;
            assertThat(tpm.open(Bytes.of(changed))).isEmpty();
        }
    }

    @Test
    @Tag("claim-K9")
    void attestationKeyOfAnotherTpm_getsNoSecret() throws Exception {
        var other = new SoftwareTpm();
        var mixed = TpmIdentity.read(
                SoftwareTpm.join(SoftwareTpm.sized(tpm.endorsementArea()), SoftwareTpm.sized(other.attestationArea())));
        var credential = credential(mixed);
        assertThat(tpm.open(credential.blob())).isEmpty();
        assertThat(other.open(credential.blob())).isEmpty();
        assertFailed(
                new TpmAttestor(mixed, credential.secret(), RELEASES)
                        .judge(FACTS, other.evidence(Bytes.of(new byte[32]), STATEMENT)),
                "the credential was not opened");
    }

    @Test
    @Tag("claim-K9")
    void quoteByAnotherKey_failsWithTheRightSecret() throws Exception {
        var secret = credential(tpm.identity()).secret();
        assertFailed(
                judged(new SoftwareTpm().evidence(secret, STATEMENT), secret), "not signed by the attestation key");
    }

    @Test
    @Tag("claim-K9")
    void quoteForAnotherStatement_fails() throws Exception {
        var secret = credential(tpm.identity()).secret();
        assertFailed(judged(tpm.evidence(secret, Digest.of(new byte[] {2})), secret), "about another statement");
    }

    @Test
    @Tag("claim-K9")
    void quoteWithTheSecretOfAnEarlierChallenge_fails() throws Exception {
        var evidence = tpm.evidence(credential(tpm.identity()).secret(), STATEMENT);
        assertFailed(judged(evidence, credential(tpm.identity()).secret()), "the credential was not opened");
    }

    @Test
    @Tag("claim-K9")
    void pcrsOfNoRelease_fail() throws Exception {
        var secret = credential(tpm.identity()).secret();
        tpm.extend(9, new byte[32]);
        assertFailed(judged(tpm.evidence(secret, STATEMENT), secret), "those of no release");
    }

    @Test
    @Tag("claim-K9")
    void pcrThatNoReleaseFixes_mayHaveAnyValue() throws Exception {
        var secret = credential(tpm.identity()).secret();
        tpm.extend(10, new byte[32]);
        assertThat(judged(tpm.evidence(secret, STATEMENT), secret)).isInstanceOf(Attestation.Shown.class);
    }

    @Test
    @Tag("claim-K9")
    void valuesOfSeveralReleases_mixed_fail() throws Exception {
        var one = Digest.of(new byte[] {1});
        var releases = List.of(
                new MeasuredRelease("a", Map.of(4, Set.of(ZEROS), 9, Set.of(one))),
                new MeasuredRelease("b", Map.of(4, Set.of(one), 9, Set.of(ZEROS))));
        var secret = credential(tpm.identity()).secret();
        assertFailed(
                new TpmAttestor(tpm.identity(), secret, releases).judge(FACTS, tpm.evidence(secret, STATEMENT)),
                "those of no release");
    }

    @Test
    @Tag("claim-K9")
    void withoutAList_noQuoteHolds() throws Exception {
        var secret = credential(tpm.identity()).secret();
        assertFailed(
                new TpmAttestor(tpm.identity(), secret, List.of()).judge(FACTS, tpm.evidence(secret, STATEMENT)),
                "those of no release");
    }

    @Test
    @Tag("claim-K9")
    void pcrsBesideTheQuote_mustBeThoseInIt() throws Exception {
        var secret = credential(tpm.identity()).secret();
        tpm.extend(9, new byte[32]);
        var evidence = tpm.evidence(secret, STATEMENT);
        Arrays.fill(evidence, evidence.length - 24 * 32, evidence.length, (byte) 0);
        assertFailed(judged(evidence, secret), "not those that were quoted");
    }

    @Test
    @Tag("claim-K9")
    void keyThatOutlivesABoot_fails() throws Exception {
        var secret = credential(tpm.identity()).secret();
        for (var hierarchy : List.of("40000001", "4000000b", "4000000c")) { // owner, endorsement, platform
            tpm.hierarchy = hierarchy;
            assertFailed(judged(tpm.evidence(secret, STATEMENT), secret), "does not belong to one boot");
        }
    }

    @Test
    @Tag("claim-K9")
    void whatIsNoQuoteOfATpms_fails() throws Exception {
        var secret = credential(tpm.identity()).secret();
        tpm.magic = "ff544348";
        assertFailed(judged(tpm.evidence(secret, STATEMENT), secret), "TPM_GENERATED");
        tpm.magic = "ff544347";
        tpm.kind = "8017"; // certify: about a key
        assertFailed(judged(tpm.evidence(secret, STATEMENT), secret), "the kind of attestation");
    }

    /// Each attribute of the template's, and each that it has not: restricted, sign, decrypt, fixedTPM, fixedParent,
    /// ...
    @Test
    @Tag("claim-K9")
    void attestationKeyWithOtherAttributes_isRefused() throws Exception {
        for (int bit = 0; bit < 32; bit++) {
            var other = new SoftwareTpm();
            other.akHead = other.akHead.substring(0, 8)
                    + "%08x".formatted(0x0005_0472 ^ (1 << bit))
                    + other.akHead.substring(16);
            assertThatThrownBy(other::identity)
                    .isInstanceOf(TpmFormatException.class)
                    .hasMessageContaining("the attributes of the AK");
        }
    }

    @Test
    @Tag("claim-K9")
    void identityWithAnyByteChanged_isRefused_orAnotherTpm() throws Exception {
        var bytes = tpm.identityBytes();
        var mine = tpm.identity();
        for (int at = 0; at < bytes.length; at++) {
            var changed = bytes.clone();
            changed[at] ^= 4;
            try {
                var read = TpmIdentity.read(changed);
                assertThat(Arrays.equals(
                                        read.attestation().name(),
                                        mine.attestation().name())
                                && read.endorsementDigest().equals(mine.endorsementDigest()))
                        .isFalse();
            } catch (TpmFormatException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
    }

    @Test
    @Tag("claim-K9")
    void keyOffTheCurve_isRefused() {
        var bytes = tpm.identityBytes();
        bytes[bytes.length - 1] ^= 1;
        assertThatThrownBy(() -> TpmIdentity.read(bytes)).hasMessageContaining("no point of the curve");
        Arrays.fill(bytes, bytes.length - 66 - 2, bytes.length - 34, (byte) 0xff);
        assertThatThrownBy(() -> TpmIdentity.read(bytes)).isInstanceOf(TpmFormatException.class);
    }

    @Test
    @Tag("claim-K9")
    void evidenceWithAnyByteChanged_doesNotHold() throws Exception {
        var secret = credential(tpm.identity()).secret();
        var evidence = tpm.evidence(secret, STATEMENT);
        Property.holds(400, draw -> {
            var changed = evidence.clone();
            changed[draw.intBetween(0, evidence.length - 1)] ^= (byte) draw.intBetween(1, 255);
            assertThat(judged(changed, secret)).isInstanceOf(Attestation.Failed.class);
        });
    }

    @Test
    @Tag("claim-K9")
    void evidenceThatIsCutOrProlonged_doesNotHold() throws Exception {
        var secret = credential(tpm.identity()).secret();
        var evidence = tpm.evidence(secret, STATEMENT);
        for (int size = 1; size < evidence.length; size++) {
            assertThat(judged(Arrays.copyOf(evidence, size), secret)).isInstanceOf(Attestation.Failed.class);
        }
        assertThat(judged(Arrays.copyOf(evidence, evidence.length + 1), secret)).isInstanceOf(Attestation.Failed.class);
        assertFailed(judged(Arrays.copyOf(evidence, 65_537), secret), "more than 65536 bytes");
    }

    /// A TPM may leave out leading zeros; a signature of zeros, which an earlier JDK believed, does not hold.
    @Test
    @Tag("claim-K9")
    void signatureOfZeros_fails() throws Exception {
        var secret = credential(tpm.identity()).secret();
        var evidence = tpm.evidence(secret, STATEMENT);
        var attest =
                TpmQuote.read(Arrays.copyOfRange(evidence, 1, evidence.length)).attest();
        assertFailed(
                judged(tpm.evidence(secret, attest.array(), new byte[64]), secret),
                "not signed by the attestation key");
    }

    @Test
    @Tag("claim-K9")
    void noEvidence_andAnInventory_showLess() throws Exception {
        assertThat(judged(new byte[0], Bytes.of(new byte[32])))
                .isEqualTo(new Attestation.Shown(AttestationLevel.NONE, "no evidence"));
    }

    @Test
    @Tag("claim-K9")
    void releaseWithoutPcrs_isNoRelease() {
        assertThatThrownBy(() -> new MeasuredRelease("all", Map.of())).hasMessageContaining("at least one PCR");
        assertThatThrownBy(() -> new MeasuredRelease("all", Map.of(24, Set.of(ZEROS))))
                .hasMessageContaining("0 to 23");
    }

    @FuzzTest(maxDuration = "2m")
    void evidence_isJudgedWithoutSurprise(byte[] input) throws Exception {
        assertThat(judged(SoftwareTpm.join(new byte[] {2}, input), Bytes.of(new byte[32])))
                .isInstanceOf(Attestation.Failed.class);
        judged(input, Bytes.of(new byte[32]));
    }

    @FuzzTest(maxDuration = "2m")
    void identity_isReadOrRefused(byte[] input) {
        try {
            var credential = credential(TpmIdentity.read(input));
            assertThat(credential.blob().array()).hasSize(140);
        } catch (TpmFormatException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }
}
