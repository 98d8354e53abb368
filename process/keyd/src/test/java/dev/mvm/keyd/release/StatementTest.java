package dev.mvm.keyd.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.keyd.service.KeydRequest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.NodeTraits;
import dev.mvm.protocol.trust.authoring.Reboot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Attacks with challenges and statements, and with documents that have ended.
final class StatementTest extends ReleaseAttack {
    StatementTest(@TempDir Path folder) throws Exception {
        super(folder);
    }

    @Test
    @Tag("claim-K4")
    void challenge_isAnsweredOnce() throws Exception {
        var challenge = fleet.challenge(Ceremony.NODE);
        var statement = KeydFleet.signed(
                fleet.statement(Ceremony.NODE, boot, challenge.digest()), fleet.identity(Ceremony.NODE));
        assertThat(fleet.seal(statement, fleet.signed(first()))).isInstanceOf(KeydReply.Sealed.class);
        refused("challenge_unknown", fleet.seal(statement, fleet.signed(first())));
    }

    @Test
    @Tag("claim-K4")
    void challenge_isAnsweredInFiveMinutes() throws Exception {
        var challenge = fleet.challenge(Ceremony.NODE);
        var statement = KeydFleet.signed(
                fleet.statement(Ceremony.NODE, boot, challenge.digest()), fleet.identity(Ceremony.NODE));
        fleet.wall = fleet.wall.plus(Duration.ofMinutes(5));
        refused("challenge_expired", fleet.seal(statement, fleet.signed(first())));
    }

    @Test
    @Tag("claim-K4")
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
    @Tag("claim-K4")
    void challengeOfAnotherNode_isNotAnswered() throws Exception {
        fleet.publish(fleet.node(OTHER, 1, Reboot.GO));
        var challenge = fleet.challenge(OTHER);
        var statement = KeydFleet.signed(
                fleet.statement(Ceremony.NODE, boot, challenge.digest()), fleet.identity(Ceremony.NODE));
        refused("challenge_unknown", fleet.seal(statement, fleet.signed(first())));
    }

    @Test
    @Tag("claim-K4")
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
    @Tag("claim-K4")
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
    @Tag("claim-K4")
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
    @Tag("claim-K4")
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
    @Tag("claim-K4")
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
    @Tag("claim-K4")
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
                NodeTraits.NOTHING_SAID));
        refused("node_revoked", fleet.answers.answer(new KeydRequest.Challenge(Ceremony.NODE, Bytes.EMPTY), false));
        refused(
                "untrusted_key",
                fleet.seal(KeydFleet.signed(statement, fleet.identity(Ceremony.NODE)), fleet.signed(first())));
    }

    @Test
    @Tag("claim-K4")
    void unknownNode_getsNoChallenge() {
        refused("node_unknown", fleet.answers.answer(new KeydRequest.Challenge(OTHER, Bytes.EMPTY), false));
    }

    @Test
    @Tag("claim-K4")
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
    @Tag("claim-K4")
    void clockThatIsSetBack_bringsNothingBack() throws Exception {
        fleet.wall = fleet.wall.plus(Duration.ofDays(30));
        refused("node_expired", fleet.answers.answer(new KeydRequest.Challenge(Ceremony.NODE, Bytes.EMPTY), false));
        fleet.wall = Ceremony.NOW;
        refused("node_expired", fleet.answers.answer(new KeydRequest.Challenge(Ceremony.NODE, Bytes.EMPTY), false));
    }

    @Test
    @Tag("claim-K4")
    void expiredRoot_endsEverything() throws Exception {
        fleet.wall = fleet.wall.plus(Duration.ofDays(365));
        refused("root_expired", fleet.answers.answer(new KeydRequest.Challenge(Ceremony.NODE, Bytes.EMPTY), false));
        refused("root_expired", fleet.seal(Bytes.EMPTY, new byte[0]));
        refused("root_expired", fleet.answers.answer(new KeydRequest.Rotate(Ceremony.DEMO, KeydFleet.KEY), false));
    }

    @Test
    @Tag("claim-K4")
    void rootWithoutThisKey_endsEverything() throws Exception {
        var plain = fleet.ceremony.rootWithNodeKey(2);
        var without = fleet.signedRoot(plain);
        assertThat(fleet.publish(without)).isInstanceOf(KeydReply.Done.class);
        refused(
                "not_the_key_service",
                fleet.answers.answer(new KeydRequest.Challenge(Ceremony.NODE, Bytes.EMPTY), false));
    }
}
