package dev.mvm.protocol.trust.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.transparency.TestLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Nodes whose clock somebody sets while time passes.
final class SetClockTest {
    private final Ceremony ceremony = new Ceremony();
    private final MemoryFiles files = new MemoryFiles();
    private final TestLog log = new TestLog();
    private final Grant grant = Ceremony.grant(Ceremony.DEMO, 0);

    private Instant clock = Ceremony.NOW;
    private long uptime = 1_000_000;

    private TrustStore open() throws IOException {
        return TrustStore.open(
                files,
                ceremony.verifier,
                ceremony.root(),
                Ceremony.NODE,
                NodeMode.DEV,
                new NodeClocks(() -> clock, () -> uptime),
                complaint -> {
                    throw new AssertionError(complaint);
                });
    }

    private TrustStore withFirst() throws RefusedException, IOException {
        var store = open();
        store.installGrant(Bytes.of(Ceremony.signed(DocumentType.GRANT, Payloads.of(grant), ceremony.grantKey)));
        install(store, first());
        return store;
    }

    private void install(TrustStore store, NodeState state) throws RefusedException, IOException {
        var envelope = Bytes.of(ceremony.signed(state));
        store.installState(envelope, log.proof(envelope, ceremony.stateKey, store.floor()));
    }

    private NodeState first() {
        return Ceremony.state(ceremony.verified(grant), new Counts(1, 0, 0));
    }

    /// The state after `before`, issued and expiring so much later.
    private NodeState after(NodeState before, Duration later) {
        return new NodeState(
                Ceremony.NODE,
                before.sequence() + 1,
                Optional.of(Digest.of(Payloads.of(before))),
                before.issuedAt().plus(later),
                before.expires().plus(later),
                before.grants(),
                before.tenants());
    }

    private void pass(Duration time) {
        clock = clock.plus(time);
        uptime += time.toSeconds();
    }

    private boolean frozen(TrustStore store) {
        return store.installed().orElseThrow().frozen(Ceremony.DEMO, store.now());
    }

    @Test
    @Tag("claim-T3")
    void stateThatHasExpired_staysSo_whenTheClockIsSetBackAndTheNodeStartsAgain() throws Exception {
        var store = withFirst();
        clock = first().expires();
        assertThat(store.now()).isEqualTo(clock);
        clock = Ceremony.NOW;
        assertThat(store.now()).isEqualTo(first().expires());
        assertThat(open().now()).isEqualTo(first().expires());
    }

    @Test
    @Tag("claim-T3")
    void stateEndsInTime_whenTheClockStandsStillAsItIsTaken() throws Exception {
        var store = withFirst();
        uptime += Duration.ofHours(24).toSeconds();
        assertThat(frozen(store)).as("a second before its end").isFalse();
        uptime += 1;
        assertThat(frozen(store)).isTrue();
        clock = Instant.EPOCH;
        assertThat(frozen(store)).isTrue();
        assertThat(frozen(open())).isTrue();
    }

    /// Nothing runs that would look at the clock, and then it is set back.
    @Test
    @Tag("claim-T3")
    void timeWithoutTheDaemon_counts() throws Exception {
        withFirst();
        pass(Duration.ofDays(2));
        clock = Ceremony.NOW;
        assertThat(frozen(open())).isTrue();
    }

    @Test
    @Tag("claim-T3")
    void boot_startsWhereTheNodeWas() throws Exception {
        var store = withFirst();
        uptime += Duration.ofHours(20).toSeconds();
        store.now();
        uptime = 30;
        store = open();
        assertThat(store.now())
                .isEqualTo(first().issuedAt().plus(Duration.ofHours(20)).plusSeconds(30));
        uptime += Duration.ofHours(5).toSeconds();
        assertThat(frozen(store)).isTrue();
        uptime = 10;
        assertThat(frozen(open())).isTrue();
    }

    @Test
    @Tag("claim-T3")
    void manyBoots_loseNoMoreThanFiveMinutesEach() throws Exception {
        withFirst();
        for (int boot = 0; boot < 30; boot++) {
            uptime = 0;
            var store = open();
            for (int minute = 0; minute < 60; minute++) {
                uptime += 60;
                store.now();
            }
        }
        assertThat(frozen(open())).isTrue();
    }

    /// Someone who has the state once more cannot begin its time anew.
    @Test
    @Tag("claim-T3")
    void stateThatComesAgain_isAsOldAsBefore() throws Exception {
        var store = withFirst();
        uptime += Duration.ofHours(23).toSeconds();
        install(store, first());
        assertThat(store.now()).isEqualTo(first().issuedAt().plus(Duration.ofHours(23)));
    }

    /// A state that was held back until it had expired, and a clock that was set back for it.
    @Test
    @Tag("claim-T3")
    void stateThatWasHeldBack_isRefused_onceItHasExpired() throws Exception {
        var store = withFirst();
        var second = after(first(), Duration.ofHours(1));
        uptime += Duration.ofHours(26).toSeconds();
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> install(store, second))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(DocumentReason.EXPIRED));
        var again = open();
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> install(again, second))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(DocumentReason.EXPIRED));
    }

    /// The newer state was issued before the node's uptime had got to where it is.
    @Test
    @Tag("claim-T3")
    void newerState_takesNoTimeBack() throws Exception {
        var store = withFirst();
        uptime += Duration.ofHours(10).toSeconds();
        clock = clock.plus(Duration.ofHours(1));
        install(store, after(first(), Duration.ofHours(1)));
        assertThat(store.now()).isEqualTo(first().issuedAt().plus(Duration.ofHours(10)));
        assertThat(open().now()).isEqualTo(first().issuedAt().plus(Duration.ofHours(10)));
    }

    /// The node was off, so its uptime is behind; its clock was right when it came back, and is then set back.
    @Test
    @Tag("claim-T3")
    void clockThatWasRightAfterABoot_goesOnWithTheUptime() throws Exception {
        withFirst();
        uptime = 60;
        clock = Ceremony.NOW.plus(Duration.ofHours(20));
        var store = open();
        store.now();
        clock = Ceremony.NOW;
        uptime += Duration.ofHours(3).toSeconds();
        assertThat(frozen(store)).isFalse();
        store = open();
        uptime += Duration.ofHours(1).toSeconds();
        assertThat(frozen(store)).isTrue();
        assertThat(frozen(open())).isTrue();
    }

    @Test
    void clockThatWasYearsAhead_endsTheStateInForceAndNoneAfterIt() throws Exception {
        var store = withFirst();
        clock = Ceremony.NOW.plus(Duration.ofDays(3650));
        assertThat(store.now()).isEqualTo(clock);
        clock = Ceremony.NOW;
        assertThat(store.now()).isEqualTo(first().expires());
        pass(Duration.ofHours(1));
        var second = after(first(), Duration.ofHours(1));
        install(store, second);
        pass(Duration.ofHours(23).plusMinutes(59));
        assertThat(frozen(store)).as("the whole time of the second").isFalse();
        pass(Duration.ofMinutes(1));
        assertThat(frozen(store)).isTrue();
    }

    @Test
    void clockOfANodeWithoutAState_isNotRemembered() throws Exception {
        var store = open();
        clock = Ceremony.NOW.plus(Duration.ofDays(3650));
        assertThat(store.now()).isEqualTo(clock);
        clock = Ceremony.NOW;
        assertThat(store.now()).isEqualTo(clock);
    }

    /// Its floor is of an earlier version: how long the node was up is not how long it has had the state.
    @Test
    void floorThatDoesNotSayHowLongItHasLived_isNew() throws Exception {
        withFirst();
        var floor = new String(files.content.get("floor.json"), StandardCharsets.UTF_8);
        files.put(
                "floor.json",
                floor.replaceAll("\"lived\":\\d+,\"uptime\":\\d+,", "").getBytes(StandardCharsets.UTF_8));
        uptime += Duration.ofDays(9).toSeconds();
        var store = open();
        assertThat(frozen(store)).isFalse();
        uptime += Duration.ofHours(25).toSeconds();
        assertThat(frozen(store)).isTrue();
    }

    @Test
    void floorThatHasLivedForEver_isDamaged() throws Exception {
        withFirst();
        var floor = new String(files.content.get("floor.json"), StandardCharsets.UTF_8);
        for (var member : new String[] {"lived", "uptime"}) {
            for (var value : new String[] {"-1", Long.toString(Long.MAX_VALUE)}) {
                var damaged = floor.replaceAll("\"" + member + "\":\\d+", "\"" + member + "\":" + value);
                files.put("floor.json", damaged.getBytes(StandardCharsets.UTF_8));
                assertThatIOException().isThrownBy(this::open).withMessageContaining("floor.json is damaged");
            }
        }
    }

    @Test
    void timeThatPasses_isWrittenDownEachFiveMinutes() throws Exception {
        var store = withFirst();
        store.now();
        int before = files.writesLeft;
        for (int seconds = 0; seconds < 3600; seconds += 10) {
            pass(Duration.ofSeconds(10));
            store.now();
        }
        assertThat(before - files.writesLeft).isBetween(10, 12);
    }
}
