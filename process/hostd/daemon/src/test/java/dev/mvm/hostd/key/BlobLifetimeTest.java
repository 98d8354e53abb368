package dev.mvm.hostd.key;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.trust.Ceremony;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The time for which a key is at hand, and what becomes of guests after that.
final class BlobLifetimeTest extends KeysFromBlobs {
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
