package dev.mvm.agentd.idle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.Observation.Hook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        pressure = OptionalDouble.of(9.99);
        assertThat(at(100)).isEmpty();
        pressure = OptionalDouble.of(10);
        assertThat(at(101)).as("idle for longest").isEqualTo(Map.of(id(3), PRESSED));
        assertThat(at(102)).as("the kernel's average does not show it yet").hasSize(1);
        assertThat(at(111)).as("of equals the first by name").containsOnlyKeys(id(3), id(1));
        assertThat(at(121)).containsOnlyKeys(id(1), id(2), id(3));
        assertThat(at(131))
                .as("a warm instance that was not paused for being idle")
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
        tracker = open(new IdleSettings(USUAL, Map.of(), 10));
        assertThat(log).anyMatch(line -> line.contains("does not report memory pressure"));
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
