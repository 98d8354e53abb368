package dev.mvm.hostd.key;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.hostd.host.FakeMachines;
import dev.mvm.model.Counts;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Which versions of a key a node takes, by blob and by state, and what its floor remembers of them.
final class BlobVersionsTest extends KeysFromBlobs {
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
}
