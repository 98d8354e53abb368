package dev.mvm.agentd.idle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.plan.Policy;
import dev.mvm.agentd.plan.States;
import dev.mvm.agentd.plan.StepReason;
import dev.mvm.hostd.registry.MemoryFiles;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.hostd.Observation.Hook;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.InstalledState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IdleTrackerTest {
    private static final Instant NOW = Ceremony.NOW;
    private static final Policy.Rest WARM = new Policy.Rest(InstanceState.WARM, StepReason.IDLE);
    private static final Policy.Rest ASLEEP = new Policy.Rest(InstanceState.SLEEPING, StepReason.IDLE);
    private static final Policy.Rest PRESSED = new Policy.Rest(InstanceState.SLEEPING, StepReason.PRESSURE);
    private static final RestSettings.OfPool USUAL =
            new RestSettings.OfPool(true, IdleTimeouts.USUAL, RestSettings.Unfit.HOLD);

    private final MemoryFiles files = new MemoryFiles();
    private final List<String> log = new ArrayList<>();
    private final TreeMap<InstanceId, Observation.Instance> there = new TreeMap<>();
    private Observation.Usage usage = Observation.Usage.NONE;
    private OptionalDouble pressure = OptionalDouble.of(0);
    private InstalledState installed = States.of(Set.of(), new Counts(9, 0, 0));
    private IdleTracker rester;

    @BeforeEach
    void open() throws IOException {
        rester = open(new RestSettings(USUAL, Map.of(), 10));
    }

    private IdleTracker open(RestSettings settings) throws IOException {
        return IdleTracker.open(settings, new RestFile(files), () -> pressure, log::add);
    }

    private static InstanceId id(int i) {
        return InstanceId.of(i);
    }

    private void put(int i, InstanceState state, Hook hook) {
        var address = new InstanceAddress(
                Ceremony.DEMO,
                installed
                        .state()
                        .value()
                        .tenants()
                        .getFirst()
                        .pools()
                        .getFirst()
                        .pool(),
                id(i));
        there.put(
                id(i),
                new Observation.Instance(
                        address,
                        new Slot(new NetId(0), Slot.FIRST + i),
                        state,
                        Ceremony.SOME,
                        States.SIZE,
                        false,
                        true,
                        true,
                        hook,
                        1,
                        Optional.empty(),
                        usage,
                        Optional.empty()));
    }

    private Map<InstanceId, Policy.Rest> at(long seconds, InstanceId... held) {
        return rester.at(NOW.plusSeconds(seconds), observation(), installed, Set.of(held));
    }

    private Observation observation() {
        return new Observation(
                1,
                "dev",
                "model",
                "tcg",
                1,
                1,
                1,
                0,
                List.of(),
                List.of(),
                List.copyOf(there.values()),
                Map.of(),
                List.of());
    }

    /// A guest that says nothing rests by what the host sees of it, and works again by the same.
    @Test
    void silentGuest_restsByWhatItUses() {
        usage = new Observation.Usage(10_000, 5_000, 0);
        put(1, InstanceState.RUNNING, Hook.NONE);
        assertThat(at(0)).isEmpty();
        usage = new Observation.Usage(10_200, 5_100, 0); // 200 ms of 30 s
        put(1, InstanceState.RUNNING, Hook.NONE);
        assertThat(at(30)).isEmpty();
        assertThat(at(400)).containsEntry(id(1), WARM);
    }

    @Test
    void busyGuest_doesNotRest_whateverItsWorkerSaid() {
        for (int i = 0; i < 20; i++) {
            usage = new Observation.Usage(10_000 + i * 3_000L, 0, 0); // a tenth of a processor
            put(1, InstanceState.RUNNING, Hook.IDLE);
            var resting = at(i * 30L);
            if (i > 1) {
                assertThat(resting).isEmpty();
            }
        }
    }

    /// Somebody on its network has a packet for it: it rests no longer, and has its time before it does again.
    @Test
    void askedForOnItsNetwork_restsNoLonger() throws Exception {
        for (var rests : List.of(InstanceState.WARM, InstanceState.SLEEPING)) {
            sleeps(rests, 7);
            assertThat(at(1000)).as("what was asked before it rested").containsKey(id(1));
            asked(rests, 7);
            assertThat(at(1001)).containsKey(id(1));
            asked(rests, 8);
            assertThat(at(1002)).isEmpty();
            assertThat(log.getLast()).endsWith("/i-00000001 is asked for on its network");
            assertThat(files.content.get("resting.json"))
                    .as("nor after a restart")
                    .isEqualTo("{}".getBytes(UTF_8));
            asked(rests, 8);
            assertThat(at(1003)).isEmpty();
            put(1, InstanceState.RUNNING, Hook.IDLE);
            assertThat(at(1004)).isEmpty();
            assertThat(at(1303)).isEmpty();
            assertThat(at(1304)).containsEntry(id(1), WARM);
        }
    }

    /// hostd counts anew after a restart, and a guest has asked for others while it ran.
    @Test
    void fewerQuestionsThanBefore_orOnesFromBeforeItRested_areNone() throws Exception {
        sleeps(InstanceState.SLEEPING, 7);
        assertThat(at(1000)).containsKey(id(1));
        asked(InstanceState.SLEEPING, 0);
        assertThat(at(1001)).containsKey(id(1));
        asked(InstanceState.SLEEPING, 1);
        assertThat(at(1002)).isEmpty();
    }

    @Test
    void operatorsChoice_isStrongerThanAPacket() throws Exception {
        sleeps(InstanceState.SLEEPING, 0);
        assertThat(at(1000)).containsKey(id(1));
        asked(InstanceState.SLEEPING, 1);
        assertThat(at(1001, id(1))).as("nor does anybody else decide").doesNotContainKey(id(1));
    }

    private void sleeps(InstanceState state, long asked) throws IOException {
        usage = Observation.Usage.NONE;
        files.content.clear();
        rester = open(new RestSettings(USUAL, Map.of(), 0));
        put(1, InstanceState.RUNNING, Hook.IDLE);
        assertThat(at(0)).isEmpty();
        assertThat(at(900)).containsKey(id(1));
        asked(state, asked);
    }

    private void asked(InstanceState state, long times) {
        usage = new Observation.Usage(0, 0, times);
        put(1, state, Hook.NONE);
        usage = Observation.Usage.NONE;
    }

    @Test
    void idleInstance_isWarmThenAsleep_andTheNextMomentIsKnown() {
        put(1, InstanceState.RUNNING, Hook.IDLE);
        assertThat(at(0)).isEmpty();
        assertThat(rester.next()).as("memory is looked at more often").contains(NOW.plusSeconds(10));
        assertThat(at(295)).isEmpty();
        assertThat(rester.next()).contains(NOW.plusSeconds(300));
        assertThat(at(300)).isEqualTo(Map.of(id(1), WARM));
        put(1, InstanceState.WARM, Hook.NONE);
        assertThat(at(301)).isEqualTo(Map.of(id(1), WARM));
        assertThat(at(900)).isEqualTo(Map.of(id(1), ASLEEP));
        put(1, InstanceState.SLEEPING, Hook.NONE);
        assertThat(at(1_000_000)).isEqualTo(Map.of(id(1), ASLEEP));
    }

    @Test
    void workThatComesBeforeAnythingIsDone_endsTheRest() {
        put(1, InstanceState.RUNNING, Hook.IDLE);
        at(0);
        assertThat(at(300)).containsKey(id(1));
        put(1, InstanceState.RUNNING, Hook.BUSY);
        assertThat(at(301)).isEmpty();
    }

    @Test
    void whoIsWanted_restsNoLonger_andHasItsTimeAgain() {
        put(1, InstanceState.RUNNING, Hook.IDLE);
        at(0);
        at(900);
        put(1, InstanceState.SLEEPING, Hook.NONE);
        at(901);
        rester.wanted(id(1));
        assertThat(at(902)).isEmpty();
        put(1, InstanceState.RUNNING, Hook.IDLE);
        assertThat(at(910)).isEmpty();
        assertThat(at(1_209)).isEmpty();
        assertThat(at(1_210)).containsKey(id(1));
    }

    @Test
    void restart_wakesNobody_andADamagedFileRestsNobody() throws Exception {
        put(1, InstanceState.RUNNING, Hook.IDLE);
        at(0);
        at(900);
        put(1, InstanceState.SLEEPING, Hook.NONE);
        rester = open(new RestSettings(USUAL, Map.of(), 0));
        assertThat(at(901)).isEqualTo(Map.of(id(1), ASLEEP));
        files.content.put("resting.json", "{\"i-00000001\":\"".getBytes(UTF_8));
        rester = open(new RestSettings(USUAL, Map.of(), 0));
        assertThat(at(902)).isEmpty();
    }

    @Test
    void whatStopped_orIsHeld_orWhosePoolRestsNoMore_doesNotRest() throws Exception {
        for (int i = 1; i <= 2; i++) {
            put(i, InstanceState.RUNNING, Hook.IDLE);
        }
        at(0, id(2));
        assertThat(at(300, id(2))).containsOnlyKeys(id(1));
        put(1, InstanceState.STOPPED, Hook.NONE);
        assertThat(at(301, id(2))).isEmpty();
        put(1, InstanceState.RUNNING, Hook.IDLE);
        at(302);
        assertThat(at(602)).containsOnlyKeys(id(1), id(2));
        for (var flag : List.of(PoolFlag.PINNED, PoolFlag.CRITICAL)) {
            var before = installed;
            installed = States.of(Set.of(flag), new Counts(9, 0, 0));
            assertThat(at(603)).isEmpty();
            installed = before;
            assertThat(at(604)).isNotEmpty();
        }
        rester = open(RestSettings.OFF);
        assertThat(at(605)).isEmpty();
    }

    @Test
    void whileMemoryIsShort_theColdestSleepsFirst_oneAfterAnother_untilItIsNot() {
        put(3, InstanceState.RUNNING, Hook.IDLE);
        at(0);
        put(1, InstanceState.RUNNING, Hook.IDLE);
        put(2, InstanceState.RUNNING, Hook.IDLE);
        put(4, InstanceState.RUNNING, Hook.BUSY);
        put(5, InstanceState.WARM, Hook.NONE);
        at(10);
        pressure = OptionalDouble.of(9.99);
        assertThat(at(100)).isEmpty();
        pressure = OptionalDouble.of(10);
        assertThat(at(101)).as("idle for longest").isEqualTo(Map.of(id(3), PRESSED));
        assertThat(at(102)).as("the kernel's average does not show it yet").hasSize(1);
        assertThat(at(111)).as("of equals the first by name").containsOnlyKeys(id(3), id(1));
        assertThat(at(121)).containsOnlyKeys(id(1), id(2), id(3));
        assertThat(at(131))
                .as("a warm one that nobody has paused for being idle")
                .containsOnlyKeys(id(1), id(2), id(3), id(5));
        assertThat(at(141)).as("the busy one never").hasSize(4);
        pressure = OptionalDouble.of(0);
        put(6, InstanceState.RUNNING, Hook.IDLE);
        at(200);
        assertThat(at(299)).hasSize(4);
    }

    @Test
    void whoHasJustBeenWoken_isSparedWhileMemoryIsShort() {
        pressure = OptionalDouble.of(50);
        put(1, InstanceState.RUNNING, Hook.IDLE);
        at(0);
        assertThat(at(59)).isEmpty();
        assertThat(at(60)).isEqualTo(Map.of(id(1), PRESSED));
    }

    @Test
    void kernelThatDoesNotSay_isSaidSo_andPressesNobody(@TempDir Path dir) throws Exception {
        pressure = OptionalDouble.empty();
        rester = open(new RestSettings(USUAL, Map.of(), 10));
        assertThat(log).anyMatch(line -> line.contains("how short memory is"));
        put(1, InstanceState.RUNNING, Hook.IDLE);
        at(0);
        assertThat(at(100)).isEmpty();
        var file = dir.resolve("memory");
        var source = MemoryPressure.of(List.of(dir.resolve("missing"), file));
        assertThat(source.percent()).isEmpty();
        Files.writeString(file, "some avg10=12.34 avg60=0.00 avg300=0.00 total=1\nfull avg10=1.00 avg60=0 total=2\n");
        assertThat(source.percent()).hasValue(12.34);
        Files.writeString(file, "full avg10=1.00 avg60=0 total=2\n");
        assertThat(source.percent()).isEmpty();
    }
}
