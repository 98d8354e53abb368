package dev.mvm.keyd.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.keyd.release.KeydFleet;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.keyd.service.KeydRequest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.authoring.Attestation;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.MeasuredRelease;
import dev.mvm.protocol.trust.authoring.Measurements;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.Reboot;
import dev.mvm.protocol.trust.authoring.Tombstone;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Documents that anybody brings, and attacks by them.
final class DocumentsTest {
    private final KeydFleet fleet;

    DocumentsTest(@TempDir Path folder) throws Exception {
        fleet = new KeydFleet(folder);
    }

    @AfterEach
    void close() throws Exception {
        fleet.close();
    }

    private static void refused(DocumentReason reason, KeydReply reply) {
        assertThat(reply)
                .isInstanceOfSatisfying(
                        KeydReply.Refused.class,
                        refusal -> assertThat(refusal.reason()).isEqualTo(reason.code()));
    }

    private static void done(KeydReply reply) {
        assertThat(reply).isEqualTo(new KeydReply.Done());
    }

    private GrantDocument grant(int version) {
        return fleet.grant(Ceremony.DEMO, 0, version, Optional.of(KeydFleet.toRack(1, Attestation.NONE)));
    }

    private byte[] measurements(int version, Digest of) {
        var releases = List.of(new MeasuredRelease("1", List.of(new MeasuredRelease.Pcr(4, List.of(of)))));
        var list =
                new Measurements(fleet.fleet(), version, Ceremony.NOW, Ceremony.NOW.plus(Duration.ofDays(1)), releases);
        return Ceremony.signed(Measurements.TYPE, Payloads.of(list), fleet.ceremony.nodeKey);
    }

    @Test
    void eachKind_isTaken_andStaysAfterARestart() throws Exception {
        fleet.furnished();
        done(fleet.publish(measurements(1, Ceremony.SOME)));
        done(fleet.publish(new Tombstone(fleet.fleet(), Ceremony.SECOND, 2, Ceremony.NOW)));
        done(fleet.publish(fleet.signedRoot(fleet.root(2, Ceremony.NOW.plus(Duration.ofDays(100))))));
        fleet.open();
        assertThat(fleet.documents.root().value().version()).isEqualTo(2);
        assertThat(fleet.documents.grant(Ceremony.DEMO)).isPresent();
        assertThat(fleet.documents.grant(Ceremony.SECOND)).isEmpty();
        assertThat(fleet.documents.ended(Ceremony.SECOND)).isTrue();
        assertThat(fleet.documents.node(Ceremony.NODE)).isPresent();
        assertThat(fleet.documents.measurements()).isPresent();
        assertThat(fleet.documents.fleet()).isEqualTo(fleet.fleet());
    }

    @Test
    void sameDocumentOnceMore_isDone_andChangesNothing() throws Exception {
        fleet.furnished();
        long before = fleet.audit.sequence();
        fleet.furnished();
        assertThat(fleet.audit.sequence()).isEqualTo(before);
    }

    @Test
    void olderVersion_isRefused() {
        done(fleet.publish(grant(2)));
        refused(DocumentReason.GRANT_SUPERSEDED, fleet.publish(grant(1)));
        done(fleet.publish(fleet.node(Ceremony.NODE, 2, Reboot.GO)));
        refused(DocumentReason.NODE_SUPERSEDED, fleet.publish(fleet.node(Ceremony.NODE, 1, Reboot.GO)));
        done(fleet.publish(measurements(2, Ceremony.SOME)));
        refused(DocumentReason.REPLAYED, fleet.publish(measurements(1, Ceremony.SOME)));
        refused(
                DocumentReason.GRANT_SUPERSEDED,
                fleet.publish(new Tombstone(fleet.fleet(), Ceremony.DEMO, 2, Ceremony.NOW)));
    }

    @Test
    void sameVersionWithOtherContents_isEquivocation() {
        done(fleet.publish(grant(1)));
        refused(DocumentReason.EQUIVOCATION, fleet.publish(fleet.grant(Ceremony.DEMO, 0, 1, Optional.empty())));
        done(fleet.publish(fleet.node(Ceremony.NODE, 1, Reboot.GO)));
        refused(DocumentReason.EQUIVOCATION, fleet.publish(fleet.node(Ceremony.NODE, 1, Reboot.HOLD)));
        done(fleet.publish(measurements(1, Ceremony.SOME)));
        refused(DocumentReason.EQUIVOCATION, fleet.publish(measurements(1, Digest.of(new byte[] {2}))));
    }

    @Test
    void keyOfAnotherRole_signsNothing() {
        var c = fleet.ceremony;
        for (var key : List.of(c.stateKey, fleet.keys, Ceremony.Key.fresh())) {
            refused(
                    DocumentReason.UNTRUSTED_KEY,
                    fleet.publish(Ceremony.signed(DocumentType.GRANT, Payloads.of(grant(1)), key)));
            refused(
                    DocumentReason.UNTRUSTED_KEY,
                    fleet.publish(Ceremony.signed(
                            NodeDocument.TYPE, Payloads.of(fleet.node(Ceremony.NODE, 1, Reboot.GO)), key)));
            var end = new Tombstone(fleet.fleet(), Ceremony.DEMO, 1, Ceremony.NOW);
            refused(
                    DocumentReason.UNTRUSTED_KEY,
                    fleet.publish(Ceremony.signed(Tombstone.TYPE, Payloads.of(end), key)));
        }
        refused(
                DocumentReason.UNTRUSTED_KEY,
                fleet.publish(Ceremony.signed(
                        NodeDocument.TYPE, Payloads.of(fleet.node(Ceremony.NODE, 1, Reboot.GO)), c.grantKey)));
    }

    @Test
    void documentOfAnotherFleet_isRefused() {
        var node = fleet.node(Ceremony.NODE, 1, Reboot.GO);
        refused(
                DocumentReason.WRONG_FLEET,
                fleet.publish(new NodeDocument(
                        Ceremony.SOME,
                        node.node(),
                        1,
                        node.issuedAt(),
                        node.expires(),
                        node.identity(),
                        node.traits())));
        refused(
                DocumentReason.WRONG_FLEET,
                fleet.publish(new Tombstone(Ceremony.SOME, Ceremony.DEMO, 1, Ceremony.NOW)));
    }

    @Test
    void whatIsNoDocumentForKeyd_isRefused() {
        refused(DocumentReason.MALFORMED, fleet.publish(new byte[0]));
        refused(DocumentReason.MALFORMED, fleet.publish("{}".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
        var state = fleet.state(Ceremony.NODE, 1, Optional.empty(), Ceremony.DEMO);
        refused(DocumentReason.WRONG_TYPE, fleet.publish(fleet.signed(state)));
        refused(DocumentReason.TOO_LARGE, fleet.publish(new byte[400_000]));
    }

    @Test
    void grantThatHasNotBegun_isRefusedUntilThen() {
        fleet.wall = Ceremony.NOW.minus(Duration.ofDays(2));
        refused(DocumentReason.NOT_YET_VALID, fleet.publish(grant(1)));
    }

    @Test
    void rootThatNobodyFollows_isRefused() {
        refused(
                DocumentReason.ROOT_VERSION,
                fleet.publish(fleet.signedRoot(fleet.root(3, Ceremony.NOW.plus(Duration.ofDays(1))))));
        refused(DocumentReason.ROOT_EXPIRED, fleet.publish(fleet.signedRoot(fleet.root(2, Ceremony.NOW))));
        refused(
                DocumentReason.UNTRUSTED_KEY,
                fleet.publish(Ceremony.signed(
                        DocumentType.ROOT,
                        Payloads.of(fleet.root(2, Ceremony.NOW.plus(Duration.ofDays(1)))),
                        Ceremony.Key.fresh())));
    }

    @Test
    void newRootWithOtherGrantKeys_endsGrants_andNotTombstones() throws Exception {
        fleet.furnished();
        done(fleet.publish(new Tombstone(fleet.fleet(), Ceremony.SECOND, 2, Ceremony.NOW)));
        done(fleet.publish(fleet.signedRoot(without(Ceremony.Key.fresh(), Set.of()))));
        assertThat(fleet.documents.grant(Ceremony.DEMO)).isEmpty();
        assertThat(fleet.documents.ended(Ceremony.SECOND)).isTrue();
        assertThat(fleet.journal).anyMatch(line -> line.contains("grant-demo.dsse is not in force"));
        assertThat(fleet.store.list())
                .as("a key is destroyed by operators' word alone")
                .hasSize(1);
    }

    @Test
    void furtherSignatures_ofADocumentThatIsThere_countUnderTheNextRoot_afterARestartToo() throws Exception {
        var next = Ceremony.Key.fresh();
        var payload = Payloads.of(grant(1));
        done(fleet.publish(grant(1)));
        done(fleet.publish(fleet.signedRoot(withGrantKeys(2, fleet.ceremony.grantKey, next))));
        done(fleet.publish(Ceremony.signed(DocumentType.GRANT, payload, fleet.ceremony.grantKey, next)));
        done(fleet.publish(Ceremony.signed(DocumentType.GRANT, payload, next)));
        done(fleet.publish(fleet.signedRoot(withGrantKeys(3, next))));
        assertThat(fleet.documents.grant(Ceremony.DEMO)).isPresent();
        fleet.open();
        assertThat(fleet.documents.grant(Ceremony.DEMO)).isPresent();
    }

    private TrustRoot withGrantKeys(int version, Ceremony.Key... keys) {
        var plain = fleet.root(version, Ceremony.NOW.plus(Duration.ofDays(100)));
        var roles = new HashMap<>(plain.roles());
        roles.put(Role.GRANT, Ceremony.keys(1, keys));
        return new TrustRoot(version, plain.issuedAt(), plain.expires(), roles, Set.of());
    }

    @Test
    void tombstoneByACompromisedKey_endsNothing_afterTheRootSaysSo() throws Exception {
        fleet.furnished();
        done(fleet.publish(new Tombstone(fleet.fleet(), Ceremony.SECOND, 2, Ceremony.NOW)));
        var stolen = fleet.ceremony.grantKey.verifyKey().id();
        done(fleet.publish(fleet.signedRoot(without(Ceremony.Key.fresh(), Set.of(stolen)))));
        assertThat(fleet.documents.ended(Ceremony.SECOND)).isFalse();
    }

    private TrustRoot without(Ceremony.Key grantKey, Set<dev.mvm.crypto.verify.KeyId> compromised) {
        var plain = fleet.root(2, Ceremony.NOW.plus(Duration.ofDays(100)));
        var roles = new HashMap<>(plain.roles());
        roles.put(Role.GRANT, Ceremony.keys(1, grantKey));
        return new TrustRoot(2, plain.issuedAt(), plain.expires(), roles, compromised);
    }

    @Test
    void compromisedStateKey_hasSetNoFloor() throws Exception {
        fleet.furnished();
        try (var boot = new KeydFleet.Boot(1)) {
            var far = fleet.state(Ceremony.NODE, 1_000_000, Optional.empty(), Ceremony.DEMO);
            assertThat(fleet.seal(Ceremony.NODE, boot, far)).isInstanceOf(KeydReply.Sealed.class);
            var plain = fleet.root(2, Ceremony.NOW.plus(Duration.ofDays(100)));
            var roles = new HashMap<>(plain.roles());
            var next = Ceremony.Key.fresh();
            roles.put(Role.STATE, Ceremony.keys(1, next));
            var stolen = fleet.ceremony.stateKey.verifyKey().id();
            done(fleet.publish(
                    fleet.signedRoot(new TrustRoot(2, plain.issuedAt(), plain.expires(), roles, Set.of(stolen)))));
            assertThat(fleet.service.logSize()).isZero();
            var first = fleet.state(Ceremony.NODE, 1, Optional.empty(), Ceremony.DEMO);
            var signed = Ceremony.signed(DocumentType.NODE_STATE, Payloads.of(first), next);
            var challenge = fleet.challenge(Ceremony.NODE);
            var statement = KeydFleet.signed(
                    fleet.statement(Ceremony.NODE, boot, challenge.digest()), fleet.identity(Ceremony.NODE));
            var proof = fleet.log.proof(Bytes.of(signed), next, dev.mvm.protocol.trust.HighWaterMark.NONE);
            assertThat(fleet.answers.answer(
                            new KeydRequest.Seal(statement, Bytes.EMPTY, Bytes.of(signed), proof), false))
                    .isInstanceOf(KeydReply.Sealed.class);
        }
    }

    @Test
    void beginning_wantsTheFirstRootWithItsDigest() {
        var verifier = new Verifier(new JdkEd25519());
        var empty = new KeydFleet.MemoryFiles();
        assertThatThrownBy(() -> Documents.open(empty, verifier, () -> Ceremony.NOW, _ -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("mvm-keyd init");
        var second = fleet.root(2, Ceremony.NOW.plus(Duration.ofDays(1)));
        assertThatThrownBy(
                        () -> Documents.init(empty, verifier, fleet.signedRoot(second), Digest.of(Payloads.of(second))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("first trust root");
        assertThatThrownBy(() -> Documents.init(empty, verifier, fleet.signedRoot(fleet.root), Ceremony.SOME))
                .isInstanceOf(RefusedException.class);
        assertThat(empty.all).isEmpty();
    }
}
