package dev.mvm.hostd.key;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.hostd.host.Changes;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.keyd.service.SignedStatement;
import dev.mvm.protocol.trust.Ceremony;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Challenges that a node answers, and blobs that it takes.
final class BelievedBlobsTest extends KeysFromBlobs {
    @Test
    @Tag("claim-K2")
    void statement_isSignedByTheNodesIdentity_andSaysWhatTheFloorHas() throws Exception {
        assertThat(state(named(3, CHECK))).isEqualTo(new HostReply.Done());
        hold(snap(3, true, 7, CHECK));
        var identity = fixture.identity.publicHalf();
        var signed = SignedStatement.read(
                nextStatement().array(),
                id -> Optional.of(identity).filter(key -> key.id().equals(id)),
                new JdkEd25519());
        assertThat(signed.value().node()).isEqualTo(Ceremony.NODE);
        assertThat(signed.value().boot()).isEqualTo(HostFixture.BOOT);
        assertThat(signed.value().keys()).singleElement().satisfies(key -> {
            assertThat(key.id()).isEqualTo(SNAP);
            assertThat(key.version()).isEqualTo(3);
            assertThat(key.check()).isEqualTo(CHECK);
        });
    }

    @Test
    @Tag("claim-K2")
    void olderBlobOfThePeriod_isRefused() throws Exception {
        var statement = statement(1);
        var older = service.blob(statement, 1, fixture.now, snap(1, true, 7, CHECK));
        var newer = service.blob(statement, 1, fixture.now.plusSeconds(1), snap(2, true, 8, OTHER_CHECK));
        install(newer);
        assertThat(install(older)).isEqualTo(refused("replayed"));
        assertThat(fill(2, OTHER_CHECK)).contains(8);
    }

    @Test
    @Tag("claim-K2")
    void challengeOfAnybodyElse_orForAnotherNode_orTooLate_isNotAnswered() {
        service.signer = fixture.ceremony.stateKey;
        assertThat(answer(service.challenge(1, fixture.now))).isEqualTo(refused("untrusted_key"));
        service.signer = Ceremony.Key.fresh();
        assertThat(answer(service.challenge(1, fixture.now))).isEqualTo(refused("untrusted_key"));
        var honest = new TestKeyService(fixture.ceremony);
        fixture.root = honest.root;
        assertThat(answer(Bytes.of(new byte[0]))).isEqualTo(refused("malformed"));
    }

    @Test
    @Tag("claim-K2")
    void challengeForAnother_orOutOfTime_isNotAnswered() {
        service.node = new NodeId("n-2");
        assertThat(answer(service.challenge(1, fixture.now))).isEqualTo(refused("key_not_vouched"));
        service.node = Ceremony.NODE;
        var fleet = service.fleet;
        service.fleet = Digest.of(new byte[] {9});
        assertThat(answer(service.challenge(1, fixture.now))).isEqualTo(refused("key_not_vouched"));
        service.fleet = fleet;
        assertThat(answer(service.challenge(1, fixture.now.minusSeconds(300)))).isEqualTo(refused("expired"));
        var _ = statement(5);
        assertThat(answer(service.challenge(5, fixture.now))).isEqualTo(refused("replayed"));
        assertThat(answer(service.challenge(4, fixture.now))).isEqualTo(refused("replayed"));
        var _ = statement(6);
    }

    @Test
    @Tag("claim-K2")
    void fleetWithoutAKeyService_believesNone() {
        fixture.root = fixture.ceremony.root();
        fixture.trustFiles.content.clear();
        fixture.start();
        assertThat(answer(service.challenge(1, fixture.now))).isEqualTo(refused("untrusted_key"));
    }

    @Test
    void nodeWithoutAnIdentity_statesNothing() {
        var bare = new HostFixture();
        bare.root = service.root;
        bare.start();
        var challenge = new HostOperation.AnswerChallenge(service.challenge(1, fixture.now));
        assertThat(bare.perform(challenge)).isEqualTo(refused("no_node_key"));
        assertThat(bare.log.getLast()).contains("mvm-hostd make-node-key");
    }

    @Test
    @Tag("claim-T3")
    void challengesTime_isTheLeastThatItIs() {
        fixture.now = Ceremony.NOW.minus(Duration.ofDays(1));
        var _ = answer(service.challenge(1, Ceremony.NOW.plusSeconds(77)));
        assertThat(fixture.trust.now()).isEqualTo(Ceremony.NOW.plusSeconds(77));
        assertThat(answer(service.challenge(2, Ceremony.NOW.minus(Duration.ofHours(1)))))
                .isEqualTo(refused("expired"));
    }

    @Test
    @Tag("claim-K2")
    void blobOfAnybodyElse_orForAnother_isRefused() throws Exception {
        var statement = statement(1);
        service.signer = fixture.ceremony.stateKey;
        assertThat(install(service.blob(statement, 1, fixture.now, snap(1, true, 7, CHECK))))
                .isEqualTo(refused("untrusted_key"));
        service.signer = new TestKeyService(fixture.ceremony).signer;
        assertThat(install(service.blob(statement, 1, fixture.now, snap(1, true, 7, CHECK))))
                .isEqualTo(refused("untrusted_key"));
        assertThat(fill(1, CHECK)).isEmpty();
    }

    @Test
    @Tag("claim-K2")
    void blobForAnotherPlace_periodOrTime_isRefused() throws Exception {
        var statement = statement(1);
        assertThat(install(service.blob(statement, 2, fixture.now, snap(1, true, 7, CHECK))))
                .isEqualTo(refused("key_not_vouched"));
        var long_ago = fixture.now.minus(Duration.ofHours(36));
        assertThat(install(service.blob(statement, 1, long_ago, snap(1, true, 7, CHECK))))
                .isEqualTo(refused("expired"));
        var fleet = service.fleet;
        service.fleet = Digest.of(new byte[] {9});
        assertThat(install(service.blob(statement, 1, fixture.now))).isEqualTo(refused("key_not_vouched"));
        service.fleet = fleet;
        service.node = new NodeId("n-2");
        assertThat(install(service.blob(statement, 1, fixture.now))).isEqualTo(refused("key_not_vouched"));
        assertThat(fill(1, CHECK)).isEmpty();
    }

    private int reported() throws Exception {
        return fixture.observer(new Changes()).report(0).keyPeriod();
    }

    /// So that another round begins once it has none.
    @Test
    void periodOfTheBlobThatIsHeld_isReported() throws Exception {
        assertThat(reported()).isZero();
        var first = statement(4);
        assertThat(reported()).isZero();
        install(service.blob(first, 4, fixture.now, snap(1, true, 7, CHECK)));
        assertThat(reported()).isEqualTo(4);
        var second = statement(7);
        assertThat(reported()).isEqualTo(4);
        install(service.blob(second, 7, fixture.now.plusSeconds(1), snap(1, true, 7, CHECK)));
        assertThat(reported()).isEqualTo(7);
        fixture.uptime += Duration.ofHours(36).toSeconds();
        assertThat(reported()).isZero();
        install(service.blob(statement(8), 8, fixture.now, snap(1, true, 7, CHECK)));
        fixture.start();
        assertThat(reported()).isZero();
    }

    /// Keys of things that another node has sealed are of no use to what this one seals.
    @Test
    @Tag("claim-K2")
    void keyOfAnotherHome_isNotTaken() throws Exception {
        var elsewhere = new TestKeyService.Key(SNAP, KeyPurpose.SNAPSHOT, 1, false, new NodeId("n-2"), 7, CHECK);
        install(service.blob(statement(1), 1, fixture.now, elsewhere));
        assertThat(fill(1, CHECK)).isEmpty();
    }
}
