package dev.mvm.keyd.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.keyd.service.KeydRequest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Attacks with states that place tenants on nodes, by a coordinator that was taken over.
final class PlacedStateTest extends ReleaseAttack {
    PlacedStateTest(@TempDir Path folder) throws Exception {
        super(folder);
    }

    @Test
    @Tag("claim-K4")
    void noState_isNotPlaced() throws Exception {
        var challenge = fleet.challenge(Ceremony.NODE);
        var statement = KeydFleet.signed(
                fleet.statement(Ceremony.NODE, boot, challenge.digest()), fleet.identity(Ceremony.NODE));
        refused("not_placed", fleet.seal(statement, new byte[0]));
    }

    @Test
    @Tag("claim-K4")
    void stateOfAnotherNode_isRefused() throws Exception {
        refused("wrong_node", fleet.seal(Ceremony.NODE, boot, fleet.state(OTHER, 1, Optional.empty(), Ceremony.DEMO)));
    }

    @Test
    @Tag("claim-K4")
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
    @Tag("claim-K4")
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
    @Tag("claim-K4")
    void anotherStateOfTheSameNumber_isEquivocation() throws Exception {
        assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
        refused(
                "equivocation",
                fleet.seal(Ceremony.NODE, boot, fleet.state(Ceremony.NODE, 1, Optional.empty(), Ceremony.DEMO)));
    }

    @Test
    @Tag("claim-K4")
    void stateThatDoesNotNameItsPredecessor_isRefused() throws Exception {
        assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
        refused(
                "broken_chain",
                fleet.seal(
                        Ceremony.NODE, boot, fleet.state(Ceremony.NODE, 2, Optional.of(Ceremony.SOME), Ceremony.DEMO)));
    }

    @Test
    @Tag("claim-K4")
    void expiredState_isStale() throws Exception {
        var state = first();
        fleet.wall = fleet.wall.plus(Duration.ofHours(25));
        refused("state_stale", fleet.seal(Ceremony.NODE, boot, state));
    }

    @Test
    @Tag("claim-K4")
    void stateFromTheFuture_isRefused() throws Exception {
        fleet.wall = fleet.wall.plus(Duration.ofHours(1));
        var state = first();
        fleet.wall = fleet.wall.minus(Duration.ofHours(1));
        refused("not_yet_valid", fleet.seal(Ceremony.NODE, boot, state));
    }

    @Test
    @Tag("claim-K4")
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
    @Tag("claim-K4")
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
}
