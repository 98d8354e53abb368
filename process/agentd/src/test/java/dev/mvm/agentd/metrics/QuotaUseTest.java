package dev.mvm.agentd.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.plan.States;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.Ceremony;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Use of the quotas by a tenant with one instance in each state.
final class QuotaUseTest {
    private static Observation.Instance instance(TenantId tenant, int id, InstanceState state) {
        return new Observation.Instance(
                new InstanceAddress(tenant, Ceremony.WEB, InstanceId.of(id)),
                new Slot(new NetId(0), Slot.FIRST + id),
                state,
                Ceremony.SOME,
                new Resources(2, 100 + id, 3),
                false,
                false,
                false,
                false,
                Observation.Hook.NONE,
                1,
                Optional.empty(),
                Observation.Usage.NONE,
                Optional.empty());
    }

    @Test
    void eachState_usesItsQuotas() {
        var quotas = new Quotas(10, 1_000, 5, 6, 4, 8, 90, 2_000);
        var tenant = States.of(quotas, Counts.NONE).tenant(Ceremony.DEMO).orElseThrow();
        var instances = List.of(
                instance(Ceremony.DEMO, 1, InstanceState.RUNNING),
                instance(Ceremony.DEMO, 2, InstanceState.WARM),
                instance(Ceremony.DEMO, 3, InstanceState.SLEEPING),
                instance(Ceremony.DEMO, 4, InstanceState.STOPPED),
                instance(new TenantId("rival"), 5, InstanceState.SLEEPING));
        var observation = new Observation(
                1, "dev", "model", "tcg", 1, 1, 1, 0, 0, List.of(), List.of(), instances, Map.of(), List.of());
        assertThat(QuotaUse.of(tenant, observation))
                .containsExactly(
                        new QuotaUse("vcpus", 4, 10),
                        new QuotaUse("mem_mib", 203, 1_000),
                        new QuotaUse("running", 1, 5),
                        new QuotaUse("warm", 1, 6),
                        new QuotaUse("pools", 1, 4),
                        new QuotaUse("disk_gib", 12, 90),
                        new QuotaUse("sleeping_mem_mib", 103, 2_000));
    }
}
