package dev.mvm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.property.Property;
import org.junit.jupiter.api.Test;

final class LimitsTest {
    @Test
    void quotas_areWithinOnlyWhenEachOneIs() {
        Property.holds(2_000, draw -> {
            var a = new int[8];
            var b = new int[8];
            boolean each = true;
            for (int i = 0; i < 8; i++) {
                a[i] = draw.intBetween(0, 4);
                b[i] = draw.intBetween(0, 4);
                each &= a[i] <= b[i];
            }
            assertThat(quotas(a).within(quotas(b))).isEqualTo(each);
        });
    }

    private static Quotas quotas(int... q) {
        return new Quotas(q[0], q[1], q[2], q[3], q[4], q[5], q[6], q[7]);
    }

    @Test
    void negativeAndHugeQuotas_areRefused() {
        assertThatThrownBy(() -> quotas(-1, 0, 0, 0, 0, 0, 0, 0)).hasMessageContaining("max_vcpus");
        assertThatThrownBy(() -> quotas(0, 0, 0, 0, 0, 0, Integer.MAX_VALUE, 0)).hasMessageContaining("max_disk_gib");
        assertThat(quotas(0, 0, 0, 0, 0, 0, 0, Quotas.UNLIMITED).maxSleepingMemMib())
                .isEqualTo(67_108_864);
        assertThatThrownBy(() -> quotas(0, 0, 0, 0, 0, 0, 0, Quotas.UNLIMITED + 1))
                .hasMessageContaining("max_sleeping_mem_mib");
    }

    @Test
    void resources_haveALeastAndAMost() {
        assertThat(new Resources(1, 64, 0).within(new Resources(1, 64, 0))).isTrue();
        assertThat(new Resources(2, 64, 0).within(new Resources(1, 128, 1))).isFalse();
        assertThatThrownBy(() -> new Resources(0, 64, 0)).hasMessageContaining("vcpus");
        assertThatThrownBy(() -> new Resources(33, 64, 0)).hasMessageContaining("vcpus");
        assertThatThrownBy(() -> new Resources(1, 63, 0)).hasMessageContaining("mem_mib");
        assertThatThrownBy(() -> new Resources(1, 64, -1)).hasMessageContaining("disk_gib");
    }

    @Test
    void countAboveOneHundred_isRefused() {
        assertThat(new Counts(100, 100, 100).total()).isEqualTo(300);
        assertThatThrownBy(() -> new Counts(101, 0, 0)).hasMessageContaining("running");
        assertThatThrownBy(() -> new Counts(0, -1, 0)).hasMessageContaining("warm");
    }

    @Test
    void flag_readsBackItsWord() {
        for (var flag : PoolFlag.values()) {
            assertThat(PoolFlag.of(flag.word())).contains(flag);
        }
        assertThat(PoolFlag.of("EXEC")).isEmpty();
    }
}
