package dev.mvm.agentd.idle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.plan.States;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceState;
import dev.mvm.model.PoolFlag;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.hostd.Observation.Hook;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class IdleTrackerTest extends IdleFixture {
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
            var idle = at(i * 30L);
            if (i > 1) {
                assertThat(idle).isEmpty();
            }
        }
    }

    /// A packet on its network takes the instance out of the idle set; its idle time begins anew.
    @Test
    void askedForOnItsNetwork_restsNoLonger() throws Exception {
        for (var rests : List.of(InstanceState.WARM, InstanceState.SLEEPING)) {
            sleeps(rests, 7);
            assertThat(at(1000)).as("what was asked before it rested").containsKey(id(1));
            asked(rests, 7);
            assertThat(at(1001)).containsKey(id(1));
            asked(rests, 8);
            assertThat(at(1002)).isEmpty();
            assertThat(log.getLast()).endsWith("/i-00000001 leaves its rest: an ARP request for its address");
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
        assertThat(at(1001, id(1))).as("held by an operator").doesNotContainKey(id(1));
    }

    private void sleeps(InstanceState state, long asked) throws IOException {
        usage = Observation.Usage.NONE;
        files.content.clear();
        tracker = open(new IdleSettings(USUAL, Map.of(), 0));
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
        assertThat(tracker.next()).as("memory is looked at more often").contains(NOW.plusSeconds(10));
        assertThat(at(295)).isEmpty();
        assertThat(tracker.next()).contains(NOW.plusSeconds(300));
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
        tracker.requested(id(1));
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
        tracker = open(new IdleSettings(USUAL, Map.of(), 0));
        assertThat(at(901)).isEqualTo(Map.of(id(1), ASLEEP));
        files.content.put("resting.json", "{\"i-00000001\":\"".getBytes(UTF_8));
        tracker = open(new IdleSettings(USUAL, Map.of(), 0));
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
        tracker = open(IdleSettings.OFF);
        assertThat(at(605)).isEmpty();
    }
}
