package dev.mvm.hostd.key;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.host.HostFixture;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.Verified;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;

/// A hostd with a key service of the test's own, for tests of keys that come in blobs.
abstract class KeysFromBlobs {
    static final KeyName SNAP = new KeyName("snap");
    static final Bytes CHECK = TestKeyService.check(1);
    static final Bytes OTHER_CHECK = TestKeyService.check(2);
    static final InstanceId ID = new InstanceId("i-00000001");

    final HostFixture fixture = new HostFixture();
    int period;
    final TestKeyService service = new TestKeyService(fixture.ceremony);
    final Verified<Grant> grant =
            fixture.ceremony.verified(Ceremony.grant(Ceremony.DEMO, 0, new Grant.Key(SNAP, KeyPurpose.SNAPSHOT, 1)));

    @BeforeEach
    final void start() throws Exception {
        fixture.identity.make();
        fixture.root = service.root;
        fixture.grant = grant;
        fixture.start();
    }

    HostReply answer(Bytes challenge) {
        return fixture.perform(new HostOperation.AnswerChallenge(challenge));
    }

    Bytes statement(int period) {
        return ((HostReply.Stated) answer(service.challenge(period, fixture.now))).statement();
    }

    HostReply install(Bytes blob) {
        return fixture.perform(new HostOperation.InstallBlob(blob));
    }

    /// The statement to the next challenge.
    Bytes nextStatement() {
        return statement(++period);
    }

    /// Has hostd take a blob with these keys and no others, to a challenge of its own.
    void hold(TestKeyService.Key... keys) {
        var statement = nextStatement();
        var issued = fixture.now.plusSeconds(period);
        assertThat(install(service.blob(statement, period, issued, keys))).isEqualTo(new HostReply.Done());
    }

    /// Versions that hostd says in a statement that it has taken.
    List<Integer> stated() {
        return TestKeyService.read(nextStatement()).keys().stream()
                .map(KeyStatement.FloorKey::version)
                .toList();
    }

    static TestKeyService.Key snap(int version, boolean primary, int fill, Bytes check) {
        return new TestKeyService.Key(SNAP, KeyPurpose.SNAPSHOT, version, primary, Ceremony.NODE, fill, check);
    }

    /// A key as a state names it.
    static TenantKey named(int version, Bytes check) {
        return new TenantKey(SNAP, KeyPurpose.SNAPSHOT, version, check);
    }

    HostReply state(TenantKey... keys) {
        if (fixture.trust.floor().sequence() == 0) {
            fixture.done(new HostOperation.InstallGrant(grant.envelope()));
        }
        return next(grant, keys);
    }

    HostReply next(Verified<Grant> grant, TenantKey... keys) {
        long sequence = fixture.trust.floor().sequence() + 1;
        Optional<Digest> previous = fixture.trust.floor().digest();
        NodeState state = Ceremony.withKeys(Ceremony.state(grant, new Counts(2, 1, 1)), sequence, previous, keys);
        return fixture.perform(fixture.install(fixture.ceremony.signed(state)));
    }

    Optional<Integer> fill(int version, Bytes check) throws Exception {
        return fixture.keys.lend(Ceremony.DEMO, named(version, check), key -> (int) key.get(JAVA_BYTE, 31));
    }

    static HostReply refused(String reason) {
        return new HostReply.Refused(new Label(reason));
    }

    void running() {
        fixture.done(new HostOperation.SetupNetwork(new dev.mvm.model.NetId(0)));
        fixture.done(HostFixture.plan(ID, 3));
        fixture.done(new HostOperation.AttachDrives(ID));
        fixture.done(new HostOperation.StartInstance(ID));
    }

    HostReply sleep() {
        return fixture.perform(new HostOperation.SleepInstance(ID, true));
    }
}
