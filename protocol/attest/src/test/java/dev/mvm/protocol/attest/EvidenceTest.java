package dev.mvm.protocol.attest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.json.JsonException;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeMode;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EvidenceTest {
    private static final String BOOT = "b2cbb374-9b3a-4f0e-9c6a-3d1c5b8f0a11";
    private static final Digest STATEMENT = Digest.of(new byte[] {1});
    private static final StatementFacts FACTS = new StatementFacts(STATEMENT, BOOT, NodeMode.HARDENED);

    private static Evidence.Software inventory(Digest statement, String boot, NodeMode mode) {
        return new Evidence.Software(
                statement, boot, mode, List.of(new Evidence.Software.Item("mvm-node", "1.0", Digest.of(new byte[3]))));
    }

    private static Attestation judged(Evidence.Software inventory) {
        return new SoftwareAttestor().judge(FACTS, inventory.bytes());
    }

    @Test
    void inventory_isShownAsOne() {
        assertThat(judged(inventory(STATEMENT, BOOT, NodeMode.HARDENED)))
                .isEqualTo(new Attestation.Shown(AttestationLevel.SOFTWARE, "inventory of 1 packages"));
    }

    @Test
    void inventoryOfAnotherStatementBootOrMode_fails() {
        var other = BOOT.replace('a', 'b');
        for (var inventory : List.of(
                inventory(Digest.of(new byte[] {2}), BOOT, NodeMode.HARDENED),
                inventory(STATEMENT, other, NodeMode.HARDENED),
                inventory(STATEMENT, BOOT, NodeMode.DEV))) {
            assertThat(judged(inventory)).isInstanceOf(Attestation.Failed.class);
        }
    }

    @Test
    void quoteWithoutAChallengedTpm_fails() {
        assertThat(new SoftwareAttestor().judge(FACTS, new byte[] {2, 0, 0})).isInstanceOf(Attestation.Failed.class);
    }

    @Test
    void inventory_isReadAsItWasWritten() {
        Property.holds(200, draw -> {
            var written = new Evidence.Software(
                    Digest.of(draw.bytes(0, 3)),
                    draw.text(36, 36, "0123456789abcdef-"),
                    draw.one(NodeMode.DEV, NodeMode.HARDENED),
                    draw.list(0, 5, () -> item(draw)));
            assertThat(Evidence.read(written.bytes())).isEqualTo(written);
        });
    }

    private static Evidence.Software.Item item(Draw draw) {
        return new Evidence.Software.Item(draw.text(1, 9, "az-"), draw.text(1, 9, "0.+~"), Digest.of(draw.bytes(0, 3)));
    }

    @Test
    void otherKinds_andBytesAfterTheEnd_areRefused() {
        assertThatThrownBy(() -> Evidence.read(new byte[] {3})).isInstanceOf(JsonException.class);
        var bytes = inventory(STATEMENT, BOOT, NodeMode.DEV).bytes();
        var longer = Arrays.copyOf(bytes, bytes.length + 1);
        longer[bytes.length] = '}';
        assertThatThrownBy(() -> Evidence.read(longer)).isInstanceOf(JsonException.class);
    }

    @Test
    void policy_asksForItsLevelOrMore() {
        var shown = new Attestation.Shown(AttestationLevel.SOFTWARE, "");
        assertThat(new AttestationPolicy(AttestationLevel.NONE).refusal(shown)).isEmpty();
        assertThat(new AttestationPolicy(AttestationLevel.SOFTWARE).refusal(shown))
                .isEmpty();
        assertThat(new AttestationPolicy(AttestationLevel.TPM2).refusal(shown)).contains("attestation_missing");
    }

    @Test
    void evidenceThatDoesNotHold_isWorseThanAbsentEvidence_whereAnyIsAskedFor() {
        var failed = new Attestation.Failed("x");
        assertThat(new AttestationPolicy(AttestationLevel.NONE).refusal(failed)).isEmpty();
        assertThat(new AttestationPolicy(AttestationLevel.SOFTWARE).refusal(failed))
                .contains("attestation_failed");
        assertThat(new AttestationPolicy(AttestationLevel.TPM2).refusal(failed)).contains("attestation_failed");
    }

    @Test
    void levels_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(AttestationLevel.values()).map(AttestationLevel::word))
                .containsExactly("none", "software", "tpm2");
        assertThat(AttestationLevel.of("TPM2")).isEmpty();
    }

    @FuzzTest(maxDuration = "2m")
    void evidence_isReadOrRefused(byte[] input) {
        new SoftwareAttestor().judge(FACTS, input);
        new SoftwareAttestor()
                .judge(
                        FACTS,
                        ByteBuffer.allocate(1 + input.length)
                                .put(Evidence.SOFTWARE)
                                .put(input)
                                .array());
    }
}
