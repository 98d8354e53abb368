package dev.mvm.keyd.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.attest.Evidence;
import dev.mvm.protocol.attest.tpm.NodeTpm;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.keyd.service.KeydRequest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.authoring.Attestation;
import dev.mvm.protocol.trust.authoring.MeasuredRelease;
import dev.mvm.protocol.trust.authoring.Measurements;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.Reboot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Grants that demand evidence: `demo` demands a TPM's quote, `second` an inventory.
final class AttestationTest {
    private final KeydFleet fleet;
    private final KeydFleet.Boot boot = new KeydFleet.Boot(1);
    private final NodeTpm tpm = new NodeTpm();
    private final NodeState state;

    AttestationTest(@TempDir Path folder) throws Exception {
        fleet = new KeydFleet(folder);
        state = fleet.state(Ceremony.NODE, 1, Optional.empty(), Ceremony.DEMO, Ceremony.SECOND);
        fleet.publish(fleet.grant(Ceremony.DEMO, 0, 1, Optional.of(KeydFleet.toRack(2, Attestation.TPM2))));
        fleet.publish(fleet.grant(Ceremony.SECOND, 1, 1, Optional.of(KeydFleet.toRack(2, Attestation.SOFTWARE))));
        tpm.boot("release one");
        node(1, Optional.of(tpm.endorsementKey()));
        measurements(1, tpm.pcr4(), Duration.ofDays(1));
    }

    @AfterEach
    void close() throws Exception {
        boot.close();
        fleet.close();
    }

    private void node(int version, Optional<Digest> endorsementKey) {
        var plain = fleet.node(Ceremony.NODE, 1, Reboot.GO);
        var traits = new NodeTraits(
                List.of(KeydFleet.RACK),
                Optional.empty(),
                NodeTraits.Largest.UNLIMITED,
                4,
                Reboot.GO,
                endorsementKey,
                List.of());
        var reply = fleet.publish(new NodeDocument(
                plain.fleet(), plain.node(), version, plain.issuedAt(), plain.expires(), plain.identity(), traits));
        assertThat(reply).isEqualTo(new KeydReply.Done());
    }

    private void measurements(int version, Digest pcr4, Duration life) {
        var releases = List.of(new MeasuredRelease("one", List.of(new MeasuredRelease.Pcr(4, List.of(pcr4)))));
        var list = new Measurements(fleet.fleet(), version, Ceremony.NOW, Ceremony.NOW.plus(life), releases);
        fleet.publish(Ceremony.signed(Measurements.TYPE, Payloads.of(list), fleet.ceremony.nodeKey));
    }

    /// Asks for keys with the evidence that `shown` makes of the credential and the statement's digest.
    private List<String> refused(Bytes identity, java.util.function.BiFunction<Bytes, Digest, Bytes> shown)
            throws Exception {
        var reply = fleet.answers.answer(new KeydRequest.Challenge(Ceremony.NODE, identity), false);
        if (!(reply instanceof KeydReply.Challenged(var envelope))) {
            return List.of(((KeydReply.Refused) reply).reason());
        }
        var payload = Envelope.parse(envelope.array(), KeyChallenge.TYPE).payload();
        var challenge = KeyChallenge.parse(payload.array());
        var statement = fleet.statement(Ceremony.NODE, boot, payload.digest());
        var evidence = shown.apply(
                challenge.credential(), statement.unsigned().payload().digest());
        var sealed = fleet.answers.answer(
                new KeydRequest.Seal(
                        KeydFleet.signed(statement, fleet.identity(Ceremony.NODE)),
                        evidence,
                        Bytes.of(fleet.signed(state)),
                        fleet.proof(fleet.signed(state))),
                false);
        return ((KeydReply.Sealed) sealed)
                .refused().stream()
                        .map(each -> each.tenant() + " " + each.reason())
                        .toList();
    }

    @Test
    void quoteOfAnAllowedRelease_isEnoughForBoth() throws Exception {
        assertThat(refused(tpm.identity(), tpm::evidence)).isEmpty();
    }

    @Test
    void otherKernel_getsNoKeyAtTheNextPeriod() throws Exception {
        assertThat(refused(tpm.identity(), tpm::evidence)).isEmpty();
        tpm.boot("release one with another command line");
        assertThat(refused(tpm.identity(), tpm::evidence))
                .containsExactly("demo attestation_failed", "second attestation_failed");
        assertThat(fleet.records("demo").getLast()).contains("\"result\":\"alarm\"", "attestation_failed");
    }

    @Test
    void otherTpm_isNotChallenged() throws Exception {
        var other = new NodeTpm();
        other.boot("release one");
        assertThat(refused(other.identity(), other::evidence)).containsExactly("attestation_failed");
        assertThat(refused(Bytes.of(new byte[] {1}), tpm::evidence)).containsExactly("attestation_failed");
    }

    /// As a machine is before its operators have looked at its TPM, or if they never do.
    @Test
    void tpmThatNoDocumentNames_isAsNone() throws Exception {
        node(2, Optional.empty());
        assertThat(refused(tpm.identity(), (credential, statement) -> {
                    assertThat(credential).isEqualTo(Bytes.EMPTY);
                    return inventory(statement);
                }))
                .containsExactly("demo attestation_missing");
        assertThat(refused(Bytes.of(new byte[] {1}), (_, statement) -> inventory(statement)))
                .containsExactly("demo attestation_missing");
    }

    @Test
    void quoteByAnotherTpm_orForAnotherStatement_isRefused() throws Exception {
        var other = new NodeTpm();
        other.boot("release one");
        assertThat(refused(tpm.identity(), other::evidence)).contains("demo attestation_failed");
        assertThat(refused(tpm.identity(), (credential, _) -> tpm.evidence(credential, Ceremony.SOME)))
                .contains("demo attestation_failed");
    }

    @Test
    void expiredMeasurements_allowNothing() throws Exception {
        measurements(2, tpm.pcr4(), Duration.ofHours(1));
        fleet.wall = fleet.wall.plus(Duration.ofHours(1));
        assertThat(refused(tpm.identity(), tpm::evidence)).contains("demo attestation_failed");
    }

    @Test
    void inventory_isEnoughForWhoDemandsNoMore() throws Exception {
        assertThat(refused(Bytes.EMPTY, (_, statement) -> inventory(statement)))
                .containsExactly("demo attestation_missing");
        assertThat(refused(Bytes.EMPTY, (_, _) -> inventory(Ceremony.SOME)))
                .containsExactly("demo attestation_failed", "second attestation_failed");
        assertThat(refused(Bytes.EMPTY, (_, _) -> Bytes.EMPTY))
                .containsExactly("demo attestation_missing", "second attestation_missing");
    }

    private Bytes inventory(Digest statement) {
        return Bytes.of(new Evidence.Software(statement, boot.id, NodeMode.DEV, List.of()).bytes());
    }
}
