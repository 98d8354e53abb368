package dev.mvm.agentd.idle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.plan.States;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceState;
import dev.mvm.model.Quotas;
import dev.mvm.protocol.hostd.Observation.Hook;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/// Idle instances while memory is short.
final class IdlePressureTest extends IdleFixture {
    @Test
    void whileMemoryIsShort_theColdestSleepsFirst_oneAfterAnother_untilItIsNot() {
        put(3, InstanceState.RUNNING, Hook.IDLE);
        at(0);
        put(1, InstanceState.RUNNING, Hook.IDLE);
        put(2, InstanceState.RUNNING, Hook.IDLE);
        put(4, InstanceState.RUNNING, Hook.BUSY);
        put(5, InstanceState.WARM, Hook.NONE);
        at(10);
        pressure = OptionalInt.of(9_99);
        assertThat(at(100)).isEmpty();
        pressure = OptionalInt.of(10_00);
        assertThat(at(101)).as("idle for longest").isEqualTo(Map.of(id(3), PRESSED));
        assertThat(at(102)).as("the kernel's average does not show it yet").hasSize(1);
        assertThat(at(111)).as("of equals the first by name").containsOnlyKeys(id(3), id(1));
        assertThat(at(121)).containsOnlyKeys(id(1), id(2), id(3));
        assertThat(at(131))
                .as("a warm instance that was not paused for being idle")
                .containsOnlyKeys(id(1), id(2), id(3), id(5));
        assertThat(at(141)).as("the busy one never").hasSize(4);
        pressure = OptionalInt.of(0);
        put(6, InstanceState.RUNNING, Hook.IDLE);
        at(200);
        assertThat(at(299)).hasSize(4);
    }

    /// It could not be put to sleep, and would take the turn of another tenant's.
    @Test
    void whoseTenantHasNoRoomForMoreAsleep_isPassedOver() {
        installed = States.of(new Quotas(9, 9 * 128, 9, 9, 1, 9, 9, 2 * 128 - 1), new Counts(9, 0, 0));
        pressure = OptionalInt.of(50_00);
        put(1, InstanceState.SLEEPING, Hook.NONE);
        put(2, InstanceState.RUNNING, Hook.IDLE);
        at(0);
        assertThat(at(100)).isEmpty();
        there.remove(id(1));
        assertThat(at(101)).isEqualTo(Map.of(id(2), PRESSED));
    }

    @Test
    void whoHasJustBeenWoken_isSparedWhileMemoryIsShort() {
        pressure = OptionalInt.of(50_00);
        put(1, InstanceState.RUNNING, Hook.IDLE);
        at(0);
        assertThat(at(59)).isEmpty();
        assertThat(at(60)).isEqualTo(Map.of(id(1), PRESSED));
    }

    @Test
    void pressureThatIsNotSeen_isSaidSo_once_andPressesNobody() throws Exception {
        pressure = OptionalInt.empty();
        put(1, InstanceState.RUNNING, Hook.IDLE);
        at(0);
        assertThat(log).singleElement().asString().contains("memory pressure is not seen");
        assertThat(at(100)).isEmpty();
        assertThat(log).hasSize(1);
        pressure = OptionalInt.of(50_00);
        assertThat(at(110)).isEqualTo(Map.of(id(1), PRESSED));
    }

    @Test
    void agentThatDoesNotLookAtMemory_saysNothingOfIt() throws Exception {
        pressure = OptionalInt.empty();
        tracker = open(new IdleSettings(USUAL, Map.of(), 0));
        put(1, InstanceState.RUNNING, Hook.IDLE);
        at(0);
        assertThat(log).isEmpty();
    }
}
