package dev.mvm.keyd.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.keyd.store.TenantKeyVersion;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyPurpose;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.keyd.service.KeydRequest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.authoring.Attestation;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import dev.mvm.protocol.trust.authoring.GrantRelease;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.Reboot;
import dev.mvm.protocol.trust.authoring.Tombstone;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Attacks on the rules by which keys go to nodes: a coordinator that was taken over, with and without a node.
final class ReleaseTest extends ReleaseAttack {
    ReleaseTest(@TempDir Path folder) throws Exception {
        super(folder);
    }

    @Test
    @Tag("claim-K4")
    void keysOfPlacedTenants_areOpenedByTheNodeAlone() throws Exception {
        var challenge = fleet.challenge(Ceremony.NODE);
        var statement = fleet.statement(Ceremony.NODE, boot, challenge.digest());
        var reply = fleet.seal(KeydFleet.signed(statement, fleet.identity(Ceremony.NODE)), fleet.signed(first()));
        assertThat(refusedIn(reply)).isEmpty();
        var blob = blob(reply);
        assertThat(blob.statement()).isEqualTo(statement.unsigned().payload().digest());
        assertThat(blob.period()).isEqualTo(challenge.challenge().period());
        assertThat(blob.expires()).isEqualTo(blob.issued().plus(Duration.ofHours(36)));
        assertThat(blob.keys()).hasSize(2).allMatch(KeyBlob.Key::primary);
        for (int i = 0; i < 2; i++) {
            opens(blob, i, true, boot);
        }
        try (var thief = new KeydFleet.Boot(2)) {
            opens(blob, 0, false, thief);
        }
        assertThat(fleet.records("demo").getLast()).contains("\"action\":\"release\"", "\"result\":\"done\"");
    }

    private void opens(KeyBlob blob, int number, boolean wanted, KeydFleet.Boot by) throws Exception {
        var key = blob.keys().get(number);
        var aad = blob.aad(key);
        try (var plain = SecretMemory.allocate(32)) {
            boolean opened = new Hpke(new Libcrypto())
                    .open(by.key, blob.enc().array(), number, key.sealed().array(), KeyBlob.info(), aad, plain);
            assertThat(opened).isEqualTo(wanted);
            if (wanted) {
                var named = key.key();
                var place = new dev.mvm.crypto.tenantkeys.KeyPlace(
                        key.tenant(), named.id(), named.purpose(), named.version());
                try (var derived = fleet.store.lend(place, Ceremony.NODE)) {
                    assertThat(plain.bytes().mismatch(derived.bytes())).isEqualTo(-1);
                }
            }
        }
    }

    /// And it gets what opens all that a node of its name has sealed.
    @Test
    @Tag("claim-K5")
    void nodeThatWasInstalledAnew_getsTheHomeKeysOfItsName_onceItsDocumentHasItsKey() throws Exception {
        var before = blob(fleet.seal(Ceremony.NODE, boot, first()));
        var former = fleet.identity(Ceremony.NODE);
        var key = Ceremony.Key.fresh();
        try (var anew = new KeydFleet.Boot(2)) {
            refused("untrusted_key", fleet.seal(stated(anew, key), fleet.signed(first())));
            fleet.identities.put(Ceremony.NODE, key);
            fleet.publish(fleet.node(Ceremony.NODE, 2, Reboot.GO));
            var after = blob(fleet.seal(Ceremony.NODE, anew, first()));
            assertThat(after.keys()).hasSize(2).allMatch(each -> each.home().equals(Ceremony.NODE));
            for (int i = 0; i < 2; i++) {
                opens(before, i, true, boot);
                opens(after, i, true, anew);
                opens(after, i, false, boot);
            }
            refused("untrusted_key", fleet.seal(stated(boot, former), fleet.signed(first())));
        }
    }

    private Bytes stated(KeydFleet.Boot by, Ceremony.Key identity) throws Exception {
        var challenge = fleet.challenge(Ceremony.NODE);
        return KeydFleet.signed(fleet.statement(Ceremony.NODE, by, challenge.digest()), identity);
    }

    @Test
    @Tag("claim-K4")
    void blob_isSignedByRoleKeys() throws Exception {
        var reply = fleet.seal(Ceremony.NODE, boot, first());
        assertThat(reply).isInstanceOf(KeydReply.Sealed.class);
        var verifier = new dev.mvm.protocol.trust.Verifier(new dev.mvm.crypto.verifyjdk.JdkEd25519());
        var envelope = ((KeydReply.Sealed) reply).envelope().array();
        assertThat(KeyBlob.verified(verifier, fleet.documents.root(), envelope)
                        .value()
                        .node())
                .isEqualTo(Ceremony.NODE);
    }

    @Test
    @Tag("claim-K4")
    void nodeThatTheGrantDoesNotName_getsNothing_andThatIsAnAlarm() throws Exception {
        fleet.publish(fleet.grant(
                Ceremony.DEMO,
                0,
                2,
                Optional.of(new GrantRelease(List.of(OTHER), List.of(), false, 2, Attestation.NONE))));
        var reply = fleet.seal(Ceremony.NODE, boot, first());
        assertThat(refusedIn(reply)).containsExactly("demo not_released_here");
        assertThat(blob(reply).keys()).extracting(KeyBlob.Key::tenant).containsExactly(Ceremony.SECOND);
        alarm("demo", "not_released_here");
    }

    @Test
    @Tag("claim-K4")
    void grantWithoutRelease_releasesToNoNode() throws Exception {
        fleet.publish(fleet.grant(Ceremony.DEMO, 0, 2, Optional.empty()));
        assertThat(refusedIn(fleet.seal(Ceremony.NODE, boot, first()))).containsExactly("demo not_released_here");
    }

    @Test
    @Tag("claim-K4")
    void tenantThatTheStateDoesNotPlace_isNotInTheBlob() throws Exception {
        var reply = fleet.seal(Ceremony.NODE, boot, fleet.state(Ceremony.NODE, 1, Optional.empty(), Ceremony.DEMO));
        assertThat(blob(reply).keys()).extracting(KeyBlob.Key::tenant).containsExactly(Ceremony.DEMO);
    }

    @Test
    @Tag("claim-K4")
    void expiredGrant_releasesNothing() throws Exception {
        var grant = fleet.grant(Ceremony.DEMO, 0, 1, Optional.empty()).grant();
        fleet.wall = grant.expires().minus(Duration.ofDays(1));
        fleet.publish(fleet.node(Ceremony.NODE, 2, Reboot.GO));
        assertThat(refusedIn(fleet.seal(Ceremony.NODE, boot, first()))).isEmpty();
        fleet.wall = grant.expires().minusSeconds(1);
        var challenge = fleet.challenge(Ceremony.NODE);
        fleet.wall = grant.expires();
        var statement = fleet.statement(Ceremony.NODE, boot, challenge.digest());
        var reply = fleet.seal(KeydFleet.signed(statement, fleet.identity(Ceremony.NODE)), fleet.signed(first()));
        assertThat(reply).isInstanceOf(KeydReply.Refused.class); // the node's document ends at the same moment
    }

    @Test
    @Tag("claim-K4")
    void nodesBeyondTheGrantsLimit_getNothing_untilKeysElsewhereHaveExpired() throws Exception {
        fleet.publish(fleet.grant(Ceremony.DEMO, 0, 2, Optional.of(KeydFleet.toRack(1, Attestation.NONE))));
        fleet.publish(fleet.node(OTHER, 1, Reboot.GO));
        var there = fleet.state(OTHER, 1, Optional.empty(), Ceremony.DEMO);
        assertThat(refusedIn(fleet.seal(Ceremony.NODE, boot, first()))).isEmpty();
        assertThat(refusedIn(fleet.seal(OTHER, boot, there))).containsExactly("demo node_limit");
        alarm("demo", "node_limit");
        fleet.wall = fleet.wall.plus(Duration.ofHours(36));
        var later = fleet.state(OTHER, 2, Optional.of(Digest.of(Payloads.of(there))), Ceremony.DEMO);
        assertThat(refusedIn(fleet.seal(OTHER, boot, later))).isEmpty();
    }

    @Test
    @Tag("claim-K4")
    void loweredLimit_endsTheNewestNodes() throws Exception {
        fleet.publish(fleet.node(OTHER, 1, Reboot.GO));
        var there = fleet.state(OTHER, 1, Optional.empty(), Ceremony.DEMO);
        var here = first();
        assertThat(refusedIn(fleet.seal(Ceremony.NODE, boot, here))).isEmpty();
        fleet.wall = fleet.wall.plusSeconds(1);
        assertThat(refusedIn(fleet.seal(OTHER, boot, there))).isEmpty();
        fleet.publish(fleet.grant(Ceremony.DEMO, 0, 2, Optional.of(KeydFleet.toRack(1, Attestation.NONE))));
        assertThat(refusedIn(fleet.seal(OTHER, boot, there))).containsExactly("demo node_limit");
        assertThat(refusedIn(fleet.seal(Ceremony.NODE, boot, here))).isEmpty();
    }

    @Test
    @Tag("claim-K4")
    void tenantsBeyondTheNodesLimit_getNothing() throws Exception {
        var plain = fleet.node(Ceremony.NODE, 2, Reboot.GO);
        var traits = new NodeTraits(
                List.of(KeydFleet.RACK),
                Optional.empty(),
                NodeTraits.Largest.UNLIMITED,
                1,
                Reboot.GO,
                Optional.empty(),
                List.of());
        fleet.publish(new NodeDocument(
                plain.fleet(), plain.node(), 2, plain.issuedAt(), plain.expires(), plain.identity(), traits));
        assertThat(refusedIn(fleet.seal(Ceremony.NODE, boot, first()))).containsExactly("second tenant_limit");
        alarm("second", "tenant_limit");
    }

    @Test
    @Tag("claim-K4")
    void attestationThatWasNotShown_isMissing() throws Exception {
        fleet.publish(fleet.grant(Ceremony.DEMO, 0, 2, Optional.of(KeydFleet.toRack(2, Attestation.TPM2))));
        fleet.publish(fleet.grant(Ceremony.SECOND, 1, 2, Optional.of(KeydFleet.toRack(2, Attestation.SOFTWARE))));
        assertThat(refusedIn(fleet.seal(Ceremony.NODE, boot, first())))
                .containsExactly("demo attestation_missing", "second attestation_missing");
    }

    @Test
    @Tag("claim-K4")
    void tombstonedTenant_getsNothing_andItsNameIsNeverUsedAgain() throws Exception {
        fleet.publish(new Tombstone(fleet.fleet(), Ceremony.DEMO, 2, Ceremony.NOW));
        assertThat(refusedIn(fleet.seal(Ceremony.NODE, boot, first()))).containsExactly("demo tombstoned");
        refused(
                "grant_superseded",
                fleet.publish(fleet.grant(Ceremony.DEMO, 0, 3, Optional.of(KeydFleet.toRack(2, Attestation.NONE)))));
        assertThat(fleet.store.list()).noneMatch(key -> key.tenant().equals(Ceremony.DEMO));
        fleet.open();
        assertThat(refusedIn(fleet.seal(Ceremony.NODE, boot, first()))).containsExactly("demo tombstoned");
    }

    @Test
    @Tag("claim-K4")
    void nodeThatKnowsMoreThanTheStore_stopsKeyd() throws Exception {
        var challenge = fleet.challenge(Ceremony.NODE);
        var newer = new KeyStatement.FloorKey(Ceremony.DEMO, KeydFleet.KEY, 7, Bytes.of(new byte[16]));
        var statement = fleet.statement(Ceremony.NODE, boot, challenge.digest(), newer);
        refused(
                "store_behind",
                fleet.seal(KeydFleet.signed(statement, fleet.identity(Ceremony.NODE)), fleet.signed(first())));
        refused("store_behind", fleet.answers.answer(new KeydRequest.Challenge(Ceremony.NODE, Bytes.EMPTY), false));
        assertThat(((KeydReply.Status) fleet.answers.answer(new KeydRequest.AskStatus(), true)).json())
                .contains("\"state\":\"stopped\"", "\"reason\":\"store_behind\"");
    }

    @Test
    @Tag("claim-K4")
    void nodeThatKnowsWhatTheStoreHas_isServed() throws Exception {
        var version = fleet.store.list().getFirst().versions().getFirst();
        fleet.store.observe(
                List.of(new TenantKeyVersion(Ceremony.DEMO, KeydFleet.KEY, version.number(), version.check())));
        assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
    }

    @Test
    @Tag("claim-K4")
    void rotatedKey_isPrimary_andTheOldVersionIsThereToo() throws Exception {
        assertThat(fleet.answers.answer(new KeydRequest.Rotate(Ceremony.DEMO, KeydFleet.KEY), false))
                .isEqualTo(new KeydReply.Rotated(2));
        refused("too_soon", fleet.answers.answer(new KeydRequest.Rotate(Ceremony.DEMO, KeydFleet.KEY), false));
        assertThat(fleet.records("demo"))
                .anySatisfy(record -> assertThat(record).contains("\"action\":\"rotate\"", "\"result\":\"done\""));
        var keys = blob(fleet.seal(Ceremony.NODE, boot, first())).keys();
        assertThat(keys)
                .filteredOn(key -> key.tenant().equals(Ceremony.DEMO))
                .extracting(key -> key.key().version(), KeyBlob.Key::primary)
                .containsExactly(
                        org.assertj.core.api.Assertions.tuple(1, false),
                        org.assertj.core.api.Assertions.tuple(2, true));
        fleet.publish(withLeast(2));
        assertThat(blob(fleet.seal(Ceremony.NODE, boot, first())).keys())
                .filteredOn(key -> key.tenant().equals(Ceremony.DEMO))
                .extracting(key -> key.key().version())
                .containsExactly(2);
    }

    private GrantDocument withLeast(int version) {
        var plain = fleet.grant(Ceremony.DEMO, 0, 2, Optional.of(KeydFleet.toRack(2, Attestation.NONE)));
        var g = plain.grant();
        var key = new Grant.Key(KeydFleet.KEY, KeyPurpose.SNAPSHOT, version);
        return new GrantDocument(
                new Grant(
                        g.tenant(),
                        g.version(),
                        g.network(),
                        g.notBefore(),
                        g.expires(),
                        g.quotas(),
                        g.pools(),
                        g.runtimes(),
                        List.of(key),
                        g.mode()),
                plain.release());
    }

    @Test
    @Tag("claim-K4")
    void newPairs_areRationed_andARationedOneIsAnAlarm(@TempDir Path other) throws Exception {
        var numbers = new ReleaseService.Numbers(Duration.ofMinutes(5), Duration.ofHours(36), 1, 1);
        try (var narrow = new KeydFleet(other, numbers)) {
            narrow.furnished();
            var state = narrow.state(Ceremony.NODE, 1, Optional.empty(), Ceremony.DEMO, Ceremony.SECOND);
            assertThat(refusedIn(narrow.seal(Ceremony.NODE, boot, state))).containsExactly("second rationed");
            assertThat(narrow.records("second").getLast()).contains("\"result\":\"alarm\"", "rationed");
            narrow.open(); // which gives no new ration
            assertThat(refusedIn(narrow.seal(Ceremony.NODE, boot, state))).containsExactly("second rationed");
            narrow.wall = narrow.wall.plus(Duration.ofHours(1));
            assertThat(refusedIn(narrow.seal(Ceremony.NODE, boot, state))).isEmpty();
        }
    }

    @Test
    @Tag("claim-K4")
    void coordinator_isNotServedAtTheSocketForDocuments() {
        for (var request : List.of(
                new KeydRequest.Challenge(Ceremony.NODE, Bytes.EMPTY),
                new KeydRequest.Seal(Bytes.EMPTY, Bytes.EMPTY, Bytes.EMPTY, Bytes.EMPTY),
                new KeydRequest.Rotate(Ceremony.DEMO, KeydFleet.KEY),
                new KeydRequest.ListKeys(Optional.empty()),
                new KeydRequest.ListReleases(Optional.empty(), Optional.empty(), 0, 1),
                new KeydRequest.Rewrap())) {
            refused("wrong_peer", fleet.answers.answer(request, true));
        }
        assertThat(THIRD).isNotEqualTo(OTHER);
    }
}
