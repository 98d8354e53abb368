package dev.mvm.keyd.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.keyd.store.TenantKeyVersion;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.keyd.service.KeydRequest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.authoring.Attestation;
import dev.mvm.protocol.trust.authoring.BootId;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Attacks on the rules by which keys go to nodes: a coordinator that was taken over, with and without a node.
final class ReleaseTest {
    private static final NodeId OTHER = new NodeId("n-two");
    private static final NodeId THIRD = new NodeId("n-three");

    private final KeydFleet fleet;
    private final KeydFleet.Boot boot = new KeydFleet.Boot(1);

    ReleaseTest(@TempDir Path folder) throws Exception {
        fleet = new KeydFleet(folder);
    }

    @BeforeEach
    void furnish() {
        fleet.furnished();
    }

    @AfterEach
    void close() throws Exception {
        boot.close();
        fleet.close();
    }

    private NodeState first() {
        return fleet.state(Ceremony.NODE, 1, Optional.empty(), Ceremony.DEMO, Ceremony.SECOND);
    }

    private static KeyBlob blob(KeydReply reply) throws Exception {
        if (!(reply instanceof KeydReply.Sealed(var envelope, var _))) {
            throw new AssertionError("no blob: " + reply);
        }
        return KeyBlob.parse(
                Envelope.parse(envelope.array(), KeyBlob.TYPE).payload().array());
    }

    private static List<String> refusedIn(KeydReply reply) {
        return reply instanceof KeydReply.Sealed(var _, var refused)
                ? refused.stream()
                        .map(each -> each.tenant() + " " + each.reason())
                        .toList()
                : List.of("not sealed: " + reply);
    }

    private static void refused(String reason, KeydReply reply) {
        assertThat(reply).isInstanceOfSatisfying(KeydReply.Refused.class, refusal -> {
            assertThat(refusal.reason()).isEqualTo(reason);
            assertThat(refusal.text()).isNotBlank().doesNotContain("\n");
        });
    }

    private void alarm(String tenant, String reason) throws Exception {
        assertThat(fleet.records(tenant).getLast()).contains("\"result\":\"alarm\"", "\"reason\":\"" + reason + "\"");
    }

    @Test
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
        var aad = KeyBlob.aad(
                blob.fleet(), blob.node(), key.tenant(), key.id(), key.purpose(), key.version(), key.home());
        try (var plain = SecretMemory.allocate(32)) {
            boolean opened = new Hpke(new Libcrypto())
                    .open(by.key, blob.enc().array(), number, key.sealed().array(), KeyBlob.info(), aad, plain);
            assertThat(opened).isEqualTo(wanted);
            if (wanted) {
                var place =
                        new dev.mvm.crypto.tenantkeys.KeyPlace(key.tenant(), key.id(), key.purpose(), key.version());
                try (var derived = fleet.store.lend(place, Ceremony.NODE)) {
                    assertThat(plain.bytes().mismatch(derived.bytes())).isEqualTo(-1);
                }
            }
        }
    }

    @Test
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
    void grantWithoutRelease_releasesToNoNode() throws Exception {
        fleet.publish(fleet.grant(Ceremony.DEMO, 0, 2, Optional.empty()));
        assertThat(refusedIn(fleet.seal(Ceremony.NODE, boot, first()))).containsExactly("demo not_released_here");
    }

    @Test
    void tenantThatTheStateDoesNotPlace_isNotInTheBlob() throws Exception {
        var reply = fleet.seal(Ceremony.NODE, boot, fleet.state(Ceremony.NODE, 1, Optional.empty(), Ceremony.DEMO));
        assertThat(blob(reply).keys()).extracting(KeyBlob.Key::tenant).containsExactly(Ceremony.DEMO);
    }

    @Test
    void noState_isNotPlaced() throws Exception {
        var challenge = fleet.challenge(Ceremony.NODE);
        var statement = KeydFleet.signed(
                fleet.statement(Ceremony.NODE, boot, challenge.digest()), fleet.identity(Ceremony.NODE));
        refused("not_placed", fleet.seal(statement, new byte[0]));
    }

    @Test
    void stateOfAnotherNode_isRefused() throws Exception {
        refused("wrong_node", fleet.seal(Ceremony.NODE, boot, fleet.state(OTHER, 1, Optional.empty(), Ceremony.DEMO)));
    }

    @Test
    void stateThatNoStateKeyHasSigned_isRefused_evenIfKeydSignsIt() throws Exception {
        for (var key : List.of(fleet.keys, fleet.ceremony.grantKey, Ceremony.Key.fresh())) {
            var challenge = fleet.challenge(Ceremony.NODE);
            var statement = KeydFleet.signed(
                    fleet.statement(Ceremony.NODE, boot, challenge.digest()), fleet.identity(Ceremony.NODE));
            refused(
                    "untrusted_key",
                    fleet.seal(statement, Ceremony.signed(DocumentType.NODE_STATE, Payloads.of(first()), key)));
        }
        assertThat(fleet.records("").getLast()).contains("\"result\":\"alarm\"");
    }

    @Test
    void olderState_isStale() throws Exception {
        var second = fleet.state(Ceremony.NODE, 2, Optional.of(Digest.of(Payloads.of(first()))), Ceremony.DEMO);
        assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
        assertThat(fleet.seal(Ceremony.NODE, boot, second)).isInstanceOf(KeydReply.Sealed.class);
        refused("state_stale", fleet.seal(Ceremony.NODE, boot, first()));
        fleet.open(); // and after a restart
        refused("state_stale", fleet.seal(Ceremony.NODE, boot, first()));
        assertThat(fleet.seal(Ceremony.NODE, boot, second)).isInstanceOf(KeydReply.Sealed.class);
    }

    @Test
    void anotherStateOfTheSameNumber_isEquivocation() throws Exception {
        assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
        refused(
                "equivocation",
                fleet.seal(Ceremony.NODE, boot, fleet.state(Ceremony.NODE, 1, Optional.empty(), Ceremony.DEMO)));
    }

    @Test
    void stateThatDoesNotNameItsPredecessor_isRefused() throws Exception {
        assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
        refused(
                "broken_chain",
                fleet.seal(
                        Ceremony.NODE, boot, fleet.state(Ceremony.NODE, 2, Optional.of(Ceremony.SOME), Ceremony.DEMO)));
    }

    @Test
    void expiredState_isStale() throws Exception {
        var state = first();
        fleet.wall = fleet.wall.plus(Duration.ofHours(25));
        refused("state_stale", fleet.seal(Ceremony.NODE, boot, state));
    }

    @Test
    void stateFromTheFuture_isRefused() throws Exception {
        fleet.wall = fleet.wall.plus(Duration.ofHours(1));
        var state = first();
        fleet.wall = fleet.wall.minus(Duration.ofHours(1));
        refused("not_yet_valid", fleet.seal(Ceremony.NODE, boot, state));
    }

    @Test
    void stateThatIsNotInTheLog_isRefused() throws Exception {
        var challenge = fleet.challenge(Ceremony.NODE);
        var statement = KeydFleet.signed(
                fleet.statement(Ceremony.NODE, boot, challenge.digest()), fleet.identity(Ceremony.NODE));
        var state = Bytes.of(fleet.signed(first()));
        var proof = fleet.proof(fleet.signed(fleet.state(OTHER, 1, Optional.empty(), Ceremony.DEMO)));
        refused("log_proof", fleet.answers.answer(new KeydRequest.Seal(statement, Bytes.EMPTY, state, proof), false));
        var again = fleet.challenge(Ceremony.NODE);
        var next =
                KeydFleet.signed(fleet.statement(Ceremony.NODE, boot, again.digest()), fleet.identity(Ceremony.NODE));
        refused("not_logged", fleet.answers.answer(new KeydRequest.Seal(next, Bytes.EMPTY, state, Bytes.EMPTY), false));
    }

    @Test
    void logThatDoesNotContinueWhatWasShown_isRefused() throws Exception {
        fleet.proof(fleet.signed(fleet.state(OTHER, 1, Optional.empty(), Ceremony.DEMO)));
        assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
        var challenge = fleet.challenge(Ceremony.NODE);
        var statement = KeydFleet.signed(
                fleet.statement(Ceremony.NODE, boot, challenge.digest()), fleet.identity(Ceremony.NODE));
        var state = fleet.signed(first());
        var proof = new dev.mvm.protocol.trust.transparency.TestLog()
                .proof(Bytes.of(state), fleet.ceremony.stateKey, dev.mvm.protocol.trust.HighWaterMark.NONE);
        refused(
                "log_rollback",
                fleet.answers.answer(new KeydRequest.Seal(statement, Bytes.EMPTY, Bytes.of(state), proof), false));
    }

    @Test
    void challenge_isAnsweredOnce() throws Exception {
        var challenge = fleet.challenge(Ceremony.NODE);
        var statement = KeydFleet.signed(
                fleet.statement(Ceremony.NODE, boot, challenge.digest()), fleet.identity(Ceremony.NODE));
        assertThat(fleet.seal(statement, fleet.signed(first()))).isInstanceOf(KeydReply.Sealed.class);
        refused("challenge_unknown", fleet.seal(statement, fleet.signed(first())));
    }

    @Test
    void challenge_isAnsweredInFiveMinutes() throws Exception {
        var challenge = fleet.challenge(Ceremony.NODE);
        var statement = KeydFleet.signed(
                fleet.statement(Ceremony.NODE, boot, challenge.digest()), fleet.identity(Ceremony.NODE));
        fleet.wall = fleet.wall.plus(Duration.ofMinutes(5));
        refused("challenge_expired", fleet.seal(statement, fleet.signed(first())));
    }

    @Test
    void newerChallenge_replacesTheOlder_andHasTheNextPeriod() throws Exception {
        var old = fleet.challenge(Ceremony.NODE);
        var next = fleet.challenge(Ceremony.NODE);
        assertThat(next.challenge().period()).isEqualTo(old.challenge().period() + 1);
        assertThat(next.challenge().nonce()).isNotEqualTo(old.challenge().nonce());
        var statement =
                KeydFleet.signed(fleet.statement(Ceremony.NODE, boot, old.digest()), fleet.identity(Ceremony.NODE));
        refused("challenge_unknown", fleet.seal(statement, fleet.signed(first())));
        fleet.open();
        assertThat(fleet.challenge(Ceremony.NODE).challenge().period())
                .isEqualTo(next.challenge().period() + 1);
    }

    @Test
    void challengeOfAnotherNode_isNotAnswered() throws Exception {
        fleet.publish(fleet.node(OTHER, 1, Reboot.GO));
        var challenge = fleet.challenge(OTHER);
        var statement = KeydFleet.signed(
                fleet.statement(Ceremony.NODE, boot, challenge.digest()), fleet.identity(Ceremony.NODE));
        refused("challenge_unknown", fleet.seal(statement, fleet.signed(first())));
    }

    @Test
    void statementForAnotherFleet_isRefused() throws Exception {
        var challenge = fleet.challenge(Ceremony.NODE);
        var plain = fleet.statement(Ceremony.NODE, boot, challenge.digest());
        var foreign = new KeyStatement(
                Ceremony.SOME, plain.node(), plain.challenge(), plain.boot(), plain.key(), plain.mode(), List.of());
        refused(
                "wrong_fleet",
                fleet.seal(KeydFleet.signed(foreign, fleet.identity(Ceremony.NODE)), fleet.signed(first())));
    }

    @Test
    void statementThatWasAltered_isRefused() throws Exception {
        var challenge = fleet.challenge(Ceremony.NODE);
        var statement = fleet.statement(Ceremony.NODE, boot, challenge.digest());
        try (var thief = new KeydFleet.Boot(1)) {
            var altered =
                    fleet.statement(Ceremony.NODE, thief, challenge.digest()).unsigned();
            var identity = fleet.identity(Ceremony.NODE);
            var signature = Bytes.of(identity.sign(statement.unsigned().signedBytes()));
            var envelope = KeyStatement.signed(altered, identity.verifyKey().id(), signature);
            refused("bad_signature", fleet.seal(Bytes.of(envelope), fleet.signed(first())));
        }
    }

    @Test
    void statementByAnotherNodesKey_orByAnUnknownKey_isRefused() throws Exception {
        fleet.publish(fleet.node(OTHER, 1, Reboot.GO));
        var challenge = fleet.challenge(Ceremony.NODE);
        var statement = fleet.statement(Ceremony.NODE, boot, challenge.digest());
        refused(
                "statement_forged",
                fleet.seal(KeydFleet.signed(statement, fleet.identity(OTHER)), fleet.signed(first())));
        refused("untrusted_key", fleet.seal(KeydFleet.signed(statement, Ceremony.Key.fresh()), fleet.signed(first())));
        // neither has used the challenge up
        assertThat(fleet.seal(KeydFleet.signed(statement, fleet.identity(Ceremony.NODE)), fleet.signed(first())))
                .isInstanceOf(KeydReply.Sealed.class);
    }

    @Test
    void sealingKeyOfSmallOrder_isRefused() throws Exception {
        var challenge = fleet.challenge(Ceremony.NODE);
        var plain = fleet.statement(Ceremony.NODE, boot, challenge.digest());
        var zero = new KeyStatement(
                plain.fleet(),
                plain.node(),
                plain.challenge(),
                plain.boot(),
                Bytes.of(new byte[32]),
                plain.mode(),
                List.of());
        refused(
                "bad_sealing_key",
                fleet.seal(KeydFleet.signed(zero, fleet.identity(Ceremony.NODE)), fleet.signed(first())));
    }

    @Test
    void rotatedIdentity_endsTheOldOne() throws Exception {
        var old = fleet.identity(Ceremony.NODE);
        fleet.identities.remove(Ceremony.NODE);
        fleet.publish(fleet.node(Ceremony.NODE, 2, Reboot.GO));
        var challenge = fleet.challenge(Ceremony.NODE);
        var statement = fleet.statement(Ceremony.NODE, boot, challenge.digest());
        refused("untrusted_key", fleet.seal(KeydFleet.signed(statement, old), fleet.signed(first())));
        refused("node_superseded", fleet.publish(fleet.node(Ceremony.NODE, 1, Reboot.GO)));
    }

    @Test
    void revokedNode_getsNoChallenge_andItsStatementIsWorthNothing() throws Exception {
        var challenge = fleet.challenge(Ceremony.NODE);
        var statement = fleet.statement(Ceremony.NODE, boot, challenge.digest());
        fleet.publish(new NodeDocument(
                fleet.fleet(),
                Ceremony.NODE,
                2,
                Ceremony.NOW,
                Ceremony.NOW.plus(Duration.ofDays(30)),
                Optional.empty(),
                Optional.empty(),
                NodeTraits.NOTHING_SAID));
        refused("node_revoked", fleet.answers.answer(new KeydRequest.Challenge(Ceremony.NODE, Bytes.EMPTY), false));
        refused(
                "untrusted_key",
                fleet.seal(KeydFleet.signed(statement, fleet.identity(Ceremony.NODE)), fleet.signed(first())));
    }

    @Test
    void unknownNode_getsNoChallenge() {
        refused("node_unknown", fleet.answers.answer(new KeydRequest.Challenge(OTHER, Bytes.EMPTY), false));
    }

    @Test
    void expiredNodeDocument_endsTheNode() throws Exception {
        var challenge = fleet.challenge(Ceremony.NODE);
        fleet.wall = fleet.wall.plus(Duration.ofDays(30));
        refused("node_expired", fleet.answers.answer(new KeydRequest.Challenge(Ceremony.NODE, Bytes.EMPTY), false));
        var statement = fleet.statement(Ceremony.NODE, boot, challenge.digest());
        refused(
                "node_expired",
                fleet.seal(KeydFleet.signed(statement, fleet.identity(Ceremony.NODE)), fleet.signed(first())));
    }

    @Test
    void clockThatIsSetBack_bringsNothingBack() throws Exception {
        fleet.wall = fleet.wall.plus(Duration.ofDays(30));
        refused("node_expired", fleet.answers.answer(new KeydRequest.Challenge(Ceremony.NODE, Bytes.EMPTY), false));
        fleet.wall = Ceremony.NOW;
        refused("node_expired", fleet.answers.answer(new KeydRequest.Challenge(Ceremony.NODE, Bytes.EMPTY), false));
    }

    @Test
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
    void expiredRoot_endsEverything() throws Exception {
        fleet.wall = fleet.wall.plus(Duration.ofDays(365));
        refused("root_expired", fleet.answers.answer(new KeydRequest.Challenge(Ceremony.NODE, Bytes.EMPTY), false));
        refused("root_expired", fleet.seal(Bytes.EMPTY, new byte[0]));
        refused("root_expired", fleet.answers.answer(new KeydRequest.Rotate(Ceremony.DEMO, KeydFleet.KEY), false));
    }

    @Test
    void rootWithoutThisKey_endsEverything() throws Exception {
        var plain = fleet.ceremony.rootWithNodeKey(2);
        var without = fleet.signedRoot(plain);
        assertThat(fleet.publish(without)).isInstanceOf(KeydReply.Done.class);
        refused(
                "not_the_key_service",
                fleet.answers.answer(new KeydRequest.Challenge(Ceremony.NODE, Bytes.EMPTY), false));
    }

    @Test
    void retiredBoot_isAnAlarm_andStopsTheNode_untilOperatorsAdmitOne() throws Exception {
        try (var second = new KeydFleet.Boot(2);
                var third = new KeydFleet.Boot(3)) {
            assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
            assertThat(fleet.seal(Ceremony.NODE, second, first())).isInstanceOf(KeydReply.Sealed.class);
            refused("boot_retired", fleet.seal(Ceremony.NODE, boot, first()));
            assertThat(fleet.records("").getLast()).contains("\"result\":\"alarm\"", "boot_retired");
            refused("boot_retired", fleet.seal(Ceremony.NODE, second, first()));
            refused("boot_retired", fleet.seal(Ceremony.NODE, third, first()));
            fleet.open();
            refused("boot_retired", fleet.seal(Ceremony.NODE, second, first()));
            fleet.publish(fleet.node(Ceremony.NODE, 2, Reboot.GO, new BootId(second.id)));
            assertThat(fleet.seal(Ceremony.NODE, second, first())).isInstanceOf(KeydReply.Sealed.class);
            refused("boot_retired", fleet.seal(Ceremony.NODE, boot, first()));
        }
    }

    @Test
    void retiredBoot_comesBackByNoWord() throws Exception {
        try (var second = new KeydFleet.Boot(2)) {
            assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
            assertThat(fleet.seal(Ceremony.NODE, second, first())).isInstanceOf(KeydReply.Sealed.class);
            fleet.publish(fleet.node(Ceremony.NODE, 2, Reboot.GO, new BootId(boot.id)));
            refused("boot_retired", fleet.seal(Ceremony.NODE, boot, first()));
        }
    }

    @Test
    void admissionFromBeforeTheAlarm_doesNotEndIt() throws Exception {
        try (var second = new KeydFleet.Boot(2)) {
            fleet.publish(fleet.node(Ceremony.NODE, 2, Reboot.GO, new BootId(second.id)));
            assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
            assertThat(fleet.seal(Ceremony.NODE, second, first())).isInstanceOf(KeydReply.Sealed.class);
            refused("boot_retired", fleet.seal(Ceremony.NODE, boot, first()));
            refused("boot_retired", fleet.seal(Ceremony.NODE, second, first()));
        }
    }

    @Test
    void nodeThatHolds_waitsForTheWordAtEachBoot() throws Exception {
        fleet.publish(fleet.node(Ceremony.NODE, 2, Reboot.HOLD));
        refused("boot_not_admitted", fleet.seal(Ceremony.NODE, boot, first()));
        fleet.publish(fleet.node(Ceremony.NODE, 3, Reboot.HOLD, new BootId(boot.id)));
        assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
        try (var second = new KeydFleet.Boot(2)) {
            refused("boot_not_admitted", fleet.seal(Ceremony.NODE, second, first()));
            // which retires nothing
            assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
        }
    }

    @Test
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
                plain.fleet(),
                plain.node(),
                2,
                plain.issuedAt(),
                plain.expires(),
                plain.key(),
                plain.identity(),
                traits));
        assertThat(refusedIn(fleet.seal(Ceremony.NODE, boot, first()))).containsExactly("second tenant_limit");
        alarm("second", "tenant_limit");
    }

    @Test
    void attestationThatWasNotShown_isMissing() throws Exception {
        fleet.publish(fleet.grant(Ceremony.DEMO, 0, 2, Optional.of(KeydFleet.toRack(2, Attestation.TPM2))));
        fleet.publish(fleet.grant(Ceremony.SECOND, 1, 2, Optional.of(KeydFleet.toRack(2, Attestation.SOFTWARE))));
        assertThat(refusedIn(fleet.seal(Ceremony.NODE, boot, first())))
                .containsExactly("demo attestation_missing", "second attestation_missing");
    }

    @Test
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
    void nodeThatKnowsWhatTheStoreHas_isServed() throws Exception {
        var version = fleet.store.list().getFirst().versions().getFirst();
        fleet.store.observe(
                List.of(new TenantKeyVersion(Ceremony.DEMO, KeydFleet.KEY, version.number(), version.check())));
        assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
    }

    @Test
    void rotatedKey_isPrimary_andTheOldVersionIsThereToo() throws Exception {
        assertThat(fleet.answers.answer(new KeydRequest.Rotate(Ceremony.DEMO, KeydFleet.KEY), false))
                .isEqualTo(new KeydReply.Rotated(2));
        refused("too_soon", fleet.answers.answer(new KeydRequest.Rotate(Ceremony.DEMO, KeydFleet.KEY), false));
        assertThat(fleet.records("demo"))
                .anySatisfy(record -> assertThat(record).contains("\"action\":\"rotate\"", "\"result\":\"done\""));
        var keys = blob(fleet.seal(Ceremony.NODE, boot, first())).keys();
        assertThat(keys)
                .filteredOn(key -> key.tenant().equals(Ceremony.DEMO))
                .extracting(KeyBlob.Key::version, KeyBlob.Key::primary)
                .containsExactly(
                        org.assertj.core.api.Assertions.tuple(1, false),
                        org.assertj.core.api.Assertions.tuple(2, true));
        fleet.publish(withLeast(2));
        assertThat(blob(fleet.seal(Ceremony.NODE, boot, first())).keys())
                .filteredOn(key -> key.tenant().equals(Ceremony.DEMO))
                .extracting(KeyBlob.Key::version)
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
                        List.of(key),
                        g.mode()),
                plain.release());
    }

    @Test
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
