package dev.mvm.hostd.key;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.hostd.host.Changes;
import dev.mvm.hostd.host.FakeMachines;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.keyd.service.SignedStatement;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A whole host whose keys come from a key service, most of them not as they should.
final class KeysFromBlobsTest {
    private static final KeyName SNAP = new KeyName("snap");
    private static final Bytes CHECK = TestKeyService.check(1);
    private static final Bytes OTHER_CHECK = TestKeyService.check(2);
    private static final InstanceId ID = new InstanceId("i-00000001");

    private final HostFixture fixture = new HostFixture();
    private int period;
    private final TestKeyService service = new TestKeyService(fixture.ceremony);
    private final Verified<Grant> grant =
            fixture.ceremony.verified(Ceremony.grant(Ceremony.DEMO, 0, new Grant.Key(SNAP, KeyPurpose.SNAPSHOT, 1)));

    @BeforeEach
    void start() throws Exception {
        fixture.identity.make();
        fixture.root = service.root;
        fixture.grant = grant;
        fixture.start();
    }

    private HostReply answer(Bytes challenge) {
        return fixture.perform(new HostOperation.AnswerChallenge(challenge));
    }

    private Bytes statement(int period) {
        return ((HostReply.Stated) answer(service.challenge(period, fixture.now))).statement();
    }

    private HostReply install(Bytes blob) {
        return fixture.perform(new HostOperation.InstallBlob(blob));
    }

    /// The statement to the next challenge.
    private Bytes nextStatement() {
        return statement(++period);
    }

    /// Has hostd take a blob with these keys and no others, to a challenge of its own.
    private void hold(TestKeyService.Key... keys) {
        var statement = nextStatement();
        var issued = fixture.now.plusSeconds(period);
        assertThat(install(service.blob(statement, period, issued, keys))).isEqualTo(new HostReply.Done());
    }

    /// Versions that hostd says in a statement that it has taken.
    private List<Integer> stated() {
        return TestKeyService.read(nextStatement()).keys().stream()
                .map(KeyStatement.FloorKey::version)
                .toList();
    }

    private static TestKeyService.Key snap(int version, boolean primary, int fill, Bytes check) {
        return new TestKeyService.Key(SNAP, KeyPurpose.SNAPSHOT, version, primary, Ceremony.NODE, fill, check);
    }

    /// A key as a state names it.
    private static TenantKey named(int version, Bytes check) {
        return new TenantKey(SNAP, KeyPurpose.SNAPSHOT, version, check);
    }

    private HostReply state(TenantKey... keys) {
        if (fixture.trust.floor().sequence() == 0) {
            fixture.done(new HostOperation.InstallGrant(grant.envelope()));
        }
        return next(grant, keys);
    }

    private HostReply next(Verified<Grant> grant, TenantKey... keys) {
        long sequence = fixture.trust.floor().sequence() + 1;
        Optional<Digest> previous = fixture.trust.floor().digest();
        NodeState state = Ceremony.withKeys(Ceremony.state(grant, new Counts(2, 1, 1)), sequence, previous, keys);
        return fixture.perform(fixture.install(fixture.ceremony.signed(state)));
    }

    private Optional<Integer> fill(int version, Bytes check) throws Exception {
        return fixture.keys.lend(Ceremony.DEMO, named(version, check), key -> (int) key.get(JAVA_BYTE, 31));
    }

    private static HostReply refused(String reason) {
        return new HostReply.Refused(new Label(reason));
    }

    private void running() {
        fixture.done(new HostOperation.SetupNetwork(new dev.mvm.model.NetId(0)));
        fixture.done(HostFixture.plan(ID, 3));
        fixture.done(new HostOperation.AttachDrives(ID));
        fixture.done(new HostOperation.StartInstance(ID));
    }

    private HostReply sleep() {
        return fixture.perform(new HostOperation.SleepInstance(ID, true));
    }

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
    void keyOfABlob_opensForTheStateThatNamesIt_andUnderNoOtherCheckValue() throws Exception {
        var blob = service.blob(statement(1), 1, fixture.now, snap(1, true, 7, CHECK));
        assertThat(fill(1, CHECK)).isEmpty();
        assertThat(install(blob)).isEqualTo(new HostReply.Done());
        assertThat(fill(1, CHECK)).contains(7);
        assertThat(fill(1, OTHER_CHECK)).isEmpty();
        assertThat(fill(2, CHECK)).isEmpty();
    }

    @Test
    void stateBeforeItsBlob_isInForce_andWhatNeedsTheKeyWaits() {
        assertThat(state(named(1, CHECK))).isEqualTo(new HostReply.Done());
        running();
        assertThat(sleep()).isEqualTo(refused("no_key_yet"));
        assertThat(fixture.registry.find(ID).orElseThrow().state()).isEqualTo(InstanceState.RUNNING);
        install(service.blob(statement(1), 1, fixture.now, snap(1, true, 7, CHECK)));
        assertThat(sleep()).isEqualTo(new HostReply.Done());
        assertThat(fixture.perform(new HostOperation.WakeInstance(ID))).isEqualTo(new HostReply.Done());
    }

    /// Nor is it taken for a guest that has lost its snapshot.
    @Test
    void blobThatIsOver_letsNothingWake_andNothingIsLost() throws Exception {
        state(named(1, CHECK));
        running();
        install(service.blob(statement(1), 1, fixture.now, snap(1, true, 7, CHECK)));
        assertThat(sleep()).isEqualTo(new HostReply.Done());
        fixture.uptime += Duration.ofHours(36).toSeconds() - 1;
        assertThat(fill(1, CHECK)).contains(7);
        fixture.uptime += 1;
        assertThat(fill(1, CHECK)).isEmpty();
        assertThat(fixture.perform(new HostOperation.WakeInstance(ID))).isEqualTo(refused("no_key_yet"));
        assertThat(fixture.registry.find(ID).orElseThrow().state()).isEqualTo(InstanceState.SLEEPING);
        install(service.blob(statement(2), 2, fixture.now, snap(1, true, 7, CHECK)));
        assertThat(fixture.perform(new HostOperation.WakeInstance(ID))).isEqualTo(new HostReply.Done());
    }

    /// As when the machine shuts down: what runs then becomes no sleeper that nothing opens.
    @Test
    void guestThatEndsAfterItsBlob_isStopped() throws Exception {
        state(named(1, CHECK));
        running();
        install(service.blob(statement(1), 1, fixture.now, snap(1, true, 7, CHECK)));
        fixture.uptime += Duration.ofHours(36).toSeconds();
        assertThat(sleep()).isEqualTo(refused("no_key_yet"));
        assertThat(fixture.registry.find(ID).orElseThrow().state()).isEqualTo(InstanceState.RUNNING);
        assertThat(fixture.perform(new HostOperation.StopInstance(ID, 10)))
                .isEqualTo(new HostReply.Ended(HostReply.Ending.GUEST));
        assertThat(fixture.registry.find(ID).orElseThrow().state()).isEqualTo(InstanceState.STOPPED);
    }

    @Test
    @Tag("claim-K2")
    void sameBlobAgain_doesNotLastLonger() throws Exception {
        var blob = service.blob(statement(1), 1, fixture.now, snap(1, true, 7, CHECK));
        install(blob);
        fixture.uptime += 3600;
        assertThat(install(blob)).isEqualTo(new HostReply.Done());
        fixture.uptime += Duration.ofHours(35).toSeconds();
        assertThat(fill(1, CHECK)).isEmpty();
        assertThat(install(blob)).isEqualTo(refused("key_not_vouched")); // what opened it is gone
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
    void formerPeriod_lastsUntilTheNextOnesBlob_andNoLonger() throws Exception {
        var first = statement(1);
        install(service.blob(first, 1, fixture.now, snap(1, true, 7, CHECK)));
        var second = statement(2);
        assertThat(fill(1, CHECK)).contains(7);
        install(service.blob(second, 2, fixture.now.plusSeconds(1), snap(1, true, 9, CHECK)));
        assertThat(fill(1, CHECK)).contains(9);
        var late = service.blob(first, 1, fixture.now.plusSeconds(2), snap(1, true, 7, CHECK));
        assertThat(install(late)).isEqualTo(refused("key_not_vouched"));
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

    @Test
    @Tag("claim-K2")
    void anotherKeyUnderAVersionThatWasTaken_isRefused_inABlobAndInAState() throws Exception {
        state(named(3, CHECK));
        hold(snap(3, true, 7, CHECK));
        var statement = nextStatement();
        var later = fixture.now.plusSeconds(period);
        assertThat(install(service.blob(statement, period, later, snap(3, true, 8, OTHER_CHECK))))
                .isEqualTo(refused("key_equivocation"));
        assertThat(fill(3, CHECK)).contains(7);
        assertThat(state(named(3, OTHER_CHECK))).isEqualTo(refused("key_equivocation"));
        assertThat(state(named(2, OTHER_CHECK))).isEqualTo(refused("key_superseded"));
        install(service.blob(statement, period, later, snap(3, true, 9, CHECK)));
        assertThat(fill(3, CHECK)).contains(9);
    }

    /// A coordinator that was taken over: it names what it likes within the grant, and the key service has none of it.
    @Test
    @Tag("claim-K2")
    void versionThatNoBlobHas_waits_andNothingIsRememberedOfIt() throws Exception {
        assertThat(state(named(Integer.MAX_VALUE, OTHER_CHECK))).isEqualTo(new HostReply.Done());
        running();
        hold(snap(1, true, 7, CHECK));
        assertThat(sleep()).isEqualTo(refused("no_key_yet"));
        assertThat(stated()).isEmpty();
        fixture.start();
        assertThat(fixture.trust.installed()).isPresent();
        assertThat(stated()).isEmpty();
        assertThat(state(named(1, CHECK))).isEqualTo(new HostReply.Done());
        hold(snap(1, true, 7, CHECK));
        assertThat(stated()).containsExactly(1);
        assertThat(sleep()).isEqualTo(new HostReply.Done());
    }

    @Test
    @Tag("claim-K2")
    void nextVersionWithAnotherCheckValue_keepsNoBlobOut() throws Exception {
        state(named(1, CHECK));
        hold(snap(1, true, 7, CHECK));
        var third = TestKeyService.check(3);
        assertThat(state(named(2, OTHER_CHECK))).isEqualTo(new HostReply.Done());
        running();
        assertThat(stated()).containsExactly(1);
        hold(snap(2, true, 8, third), snap(1, false, 7, CHECK));
        assertThat(sleep()).isEqualTo(refused("no_key_yet"));
        assertThat(fill(2, OTHER_CHECK)).isEmpty();
        assertThat(stated()).containsExactly(1);
        assertThat(state(named(2, third))).isEqualTo(new HostReply.Done());
        assertThat(sleep()).isEqualTo(new HostReply.Done());
        assertThat(stated()).containsExactly(2);
    }

    /// A blob may come before the state that names what is new in it, and hostd may start anew between the two.
    @Test
    @Tag("claim-K2")
    void versionThatOnlyABlobHas_leavesTheStateInForce_overARestartToo() throws Exception {
        state(named(1, CHECK));
        hold(snap(2, true, 8, OTHER_CHECK), snap(1, false, 7, CHECK));
        assertThat(stated()).containsExactly(1);
        fixture.start();
        assertThat(fixture.trust.installed()).isPresent();
        assertThat(state(named(1, CHECK))).isEqualTo(new HostReply.Done());
        hold(snap(2, true, 8, OTHER_CHECK), snap(1, false, 7, CHECK));
        assertThat(state(named(2, OTHER_CHECK))).isEqualTo(new HostReply.Done());
        assertThat(state(named(1, CHECK))).isEqualTo(refused("key_superseded"));
        assertThat(stated()).containsExactly(2);
    }

    /// Whichever of the two comes first.
    @Test
    @Tag("claim-K2")
    void versionThatAStateNamesAndABlobHas_isTheLeast_overARestartToo() throws Exception {
        state(named(2, OTHER_CHECK));
        hold(snap(2, true, 8, OTHER_CHECK), snap(1, false, 7, CHECK));
        for (int i = 0; i < 2; i++) {
            assertThat(state(named(1, CHECK))).isEqualTo(refused("key_superseded"));
            fixture.start();
        }
        assertThat(stated()).containsExactly(2);
    }

    /// A key is at hand only when the floor has it.
    @Test
    @Tag("claim-K2")
    void crashBeforeABlobsKeysAreInTheFloor_leavesTheBlobAside() throws Exception {
        state(named(1, CHECK));
        var blob = service.blob(statement(1), 1, fixture.now, snap(1, true, 7, CHECK));
        fixture.trustFiles.crashAfter(0);
        assertThatThrownBy(() -> install(blob)).isInstanceOf(FakeMachines.Crash.class);
        assertThat(fill(1, CHECK)).isEmpty();
        fixture.trustFiles.crashAfter(Integer.MAX_VALUE);
        assertThat(install(blob)).isEqualTo(new HostReply.Done());
        assertThat(fill(1, CHECK)).contains(7);
        fixture.start();
        assertThat(state(named(1, OTHER_CHECK))).isEqualTo(refused("key_equivocation"));
    }

    /// A blob that is withheld is of no use to who has code in hostd later: what opens it is gone.
    @Test
    @Tag("claim-K3")
    void sealingKeyWithoutABlob_isWiped_whenItsChallengeIsOver() throws Exception {
        hold(snap(1, true, 7, CHECK));
        var withheld = service.blob(nextStatement(), period, fixture.now.plusSeconds(9), snap(1, true, 8, CHECK));
        fixture.uptime += 299;
        fixture.keys.expire();
        assertThat(install(withheld)).isEqualTo(new HostReply.Done());
        var other = service.blob(nextStatement(), period, fixture.now.plusSeconds(10), snap(1, true, 9, CHECK));
        fixture.uptime += 300;
        fixture.keys.expire();
        fixture.uptime -= 300;
        assertThat(install(other)).isEqualTo(refused("key_not_vouched"));
        assertThat(fill(1, CHECK)).contains(8);
    }

    /// The key service counts from the moment at which it has made a blob.
    @Test
    @Tag("claim-K3")
    void blobThatComesLate_endsNoLater() throws Exception {
        var issued = fixture.now.minus(Duration.ofHours(10));
        assertThat(install(service.blob(statement(1), 1, issued, snap(1, true, 7, CHECK))))
                .isEqualTo(new HostReply.Done());
        fixture.uptime += Duration.ofHours(26).toSeconds() - 1;
        assertThat(fill(1, CHECK)).contains(7);
        fixture.uptime += 1;
        assertThat(fill(1, CHECK)).isEmpty();
    }

    /// A clock that is behind makes none longer.
    @Test
    @Tag("claim-K3")
    void blobFromTheFuture_lastsAsLongAsItWouldHave() throws Exception {
        var issued = fixture.now.plus(Duration.ofHours(10));
        assertThat(install(service.blob(statement(1), 1, issued, snap(1, true, 7, CHECK))))
                .isEqualTo(new HostReply.Done());
        fixture.uptime += Duration.ofHours(36).toSeconds();
        assertThat(fill(1, CHECK)).isEmpty();
    }

    @Test
    void olderVersions_comeWithTheBlob_theNewestFirst() {
        install(service.blob(
                statement(1),
                1,
                fixture.now,
                snap(1, false, 1, CHECK),
                snap(3, true, 3, TestKeyService.check(3)),
                snap(2, false, 2, OTHER_CHECK)));
        assertThat(fixture.keys.older(
                        Ceremony.DEMO, KeyPurpose.SNAPSHOT, Optional.of(named(3, TestKeyService.check(3)))))
                .extracting(TenantKey::version)
                .containsExactly(2, 1);
        assertThat(fixture.keys.older(Ceremony.DEMO, KeyPurpose.VOLUME, Optional.empty()))
                .isEmpty();
    }

    @Test
    @Tag("claim-K2")
    void revokedUngrantedOrOlderKey_isRefused() throws Exception {
        fixture.grant = fixture.ceremony.verified(
                Ceremony.grant(Ceremony.DEMO, 0, new Grant.Key(SNAP, KeyPurpose.SNAPSHOT, 2)));
        fixture.done(new HostOperation.InstallGrant(fixture.grant.envelope()));
        assertThat(next(fixture.grant, named(1, CHECK))).isEqualTo(refused("key_revoked"));
        var other = new TenantKey(new KeyName("other"), KeyPurpose.SNAPSHOT, 2, CHECK);
        assertThat(next(fixture.grant, other)).isEqualTo(refused("beyond_grant_key"));
        assertThat(fixture.trust.installed()).isEmpty();
        assertThat(next(fixture.grant, named(5, CHECK))).isEqualTo(new HostReply.Done());
        hold(snap(5, true, 7, CHECK));
        assertThat(next(fixture.grant)).isEqualTo(new HostReply.Done());
        assertThat(next(fixture.grant, named(4, OTHER_CHECK))).isEqualTo(refused("key_superseded"));
        assertThat(fixture.log.getLast()).contains("demo, key snap: version 4 after 5");
        assertThat(next(fixture.grant, named(5, OTHER_CHECK))).isEqualTo(refused("key_equivocation"));
        fixture.start();
        assertThat(next(fixture.grant, named(5, OTHER_CHECK))).isEqualTo(refused("key_equivocation"));
        assertThat(fixture.audit.refusals()).containsKey("key_equivocation");
        assertThat(next(fixture.grant, named(6, OTHER_CHECK))).isEqualTo(new HostReply.Done());
    }

    /// As the coordinator sealed them once: no such state comes into force.
    @Test
    @Tag("claim-K2")
    void stateThatHasAKeyItself_isMalformed() {
        var state = Ceremony.withKeys(Ceremony.state(grant, new Counts(1, 0, 0)), 1, Optional.empty(), named(1, CHECK));
        var text = new String(Payloads.of(state), UTF_8);
        for (var member : List.of("\"enc\":\"" + "A".repeat(43) + "=\"", "\"sealed\":\"" + "A".repeat(64) + "\"")) {
            var other = text.replace("\"version\":1,\"check\"", "\"version\":1," + member + ",\"check\"");
            assertThat(other).isNotEqualTo(text);
            var envelope = Ceremony.signed(DocumentType.NODE_STATE, other.getBytes(UTF_8), fixture.ceremony.stateKey);
            assertThat(fixture.perform(fixture.install(envelope))).isEqualTo(refused("malformed"));
        }
        assertThat(fixture.trust.installed()).isEmpty();
    }

    /// A key that is lent is there for the time of its use.
    @Test
    @Tag("claim-K3")
    void keyThatWasUsed_isWiped() throws Exception {
        install(service.blob(statement(1), 1, fixture.now, snap(1, true, 7, CHECK)));
        var lent = new ArrayList<MemorySegment>();
        assertThat(fixture.keys.lend(Ceremony.DEMO, named(1, CHECK), lent::add)).contains(true);
        assertThatThrownBy(() -> lent.getFirst().get(JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(fixture.keys.lend(Ceremony.SECOND, named(1, CHECK), lent::add))
                .isEmpty();
    }

    /// The floor is on disk, the state is not: the version that was about to be taken is the least from then on.
    @Test
    @Tag("claim-K2")
    void crashBetweenFloorAndState_neverTakesAKeyBack() {
        assertThat(state(named(2, CHECK))).isEqualTo(new HostReply.Done());
        hold(snap(3, true, 8, OTHER_CHECK), snap(2, false, 7, CHECK));
        var floor = fixture.trust.floor();
        var third =
                Ceremony.withKeys(Ceremony.state(grant, new Counts(2, 1, 1)), 2, floor.digest(), named(3, OTHER_CHECK));
        var operation = fixture.install(fixture.ceremony.signed(third));
        fixture.trustFiles.crashAfter(1);
        assertThatThrownBy(() -> fixture.perform(operation)).isInstanceOf(FakeMachines.Crash.class);
        fixture.trustFiles.crashAfter(Integer.MAX_VALUE);
        fixture.start();
        assertThat(fixture.trust.floor().sequence()).isEqualTo(2);
        assertThat(state(named(2, CHECK))).isEqualTo(refused("key_superseded"));
        assertThat(fixture.perform(operation)).isEqualTo(new HostReply.Done());
    }

    /// Versions that a coordinator has given its own keys say nothing about those of the key service.
    @Test
    void versionsOfAFloorFromBeforeTheKeyService_areNoLonger() {
        assertThat(state()).isEqualTo(new HostReply.Done());
        var floor = new String(fixture.trustFiles.content.get("floor.json"), UTF_8);
        var older = floor.replace("\"key_versions\":[]", "\"keys\":[{\"key\":\"demo/snap\",\"version\":9}]");
        assertThat(older).isNotEqualTo(floor);
        fixture.trustFiles.content.put("floor.json", older.getBytes(UTF_8));
        fixture.start();
        assertThat(fixture.trust.floor().sequence()).isEqualTo(1);
        assertThat(state(named(1, CHECK))).isEqualTo(new HostReply.Done());
        hold(snap(1, true, 7, CHECK));
        assertThat(stated()).containsExactly(1);
    }

    /// Nothing that opens blobs is in a file.
    @Test
    @Tag("claim-K3")
    void hostdThatStartsAnew_hasNoKey_andStatesAnother() throws Exception {
        state(named(1, CHECK));
        var before = statement(1);
        var blob = service.blob(before, 1, fixture.now, snap(1, true, 7, CHECK));
        install(blob);
        fixture.start();
        assertThat(fill(1, CHECK)).isEmpty();
        assertThat(install(blob)).isEqualTo(refused("key_not_vouched"));
        var after = statement(2);
        assertThat(TestKeyService.read(after).key())
                .isNotEqualTo(TestKeyService.read(before).key());
        install(service.blob(after, 2, fixture.now, snap(1, true, 7, CHECK)));
        assertThat(fill(1, CHECK)).contains(7);
    }
}
