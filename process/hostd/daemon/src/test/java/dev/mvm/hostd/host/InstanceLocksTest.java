package dev.mvm.hostd.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import java.util.ArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class InstanceLocksTest {
    private final InstanceLocks locks = new InstanceLocks();

    private static InstanceAddress instance(String tenant, int number) {
        var id = new InstanceId("i-%08d".formatted(number));
        return new InstanceAddress(new TenantId(tenant), new PoolId("web"), id);
    }

    @Test
    @Tag("claim-G3")
    void operationsOfOneTenant_leavePlacesForOthers() {
        var hanging = new ArrayList<InstanceLocks.Lock>();
        for (int i = 0; i < InstanceLocks.MOST_OF_ONE_TENANT; i++) {
            hanging.add(locks.tryLock(instance("demo", i)));
        }
        assertThat(hanging).noneMatch(InstanceLocks.Lock::isEmpty);
        assertThat(locks.tryLock(instance("demo", 99)).isEmpty()).isTrue();
        try (var other = locks.tryLock(instance("other", 100))) {
            assertThat(other.isEmpty()).isFalse();
        }
        hanging.getFirst().close();
        assertThat(locks.tryLock(instance("demo", 99)).isEmpty()).isFalse();
    }
}
