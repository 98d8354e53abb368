package dev.mvm.agentd.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Counts;
import dev.mvm.model.InstanceState;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.NodeState;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Which quota it is that an operator's verb finds no room in. Each instance has a processor, 128 MiB and 1 GiB of
/// disk.
final class QuotaShortfallTest {
    private static final InstanceState RUNNING = InstanceState.RUNNING;
    private static final InstanceState WARM = InstanceState.WARM;
    private static final InstanceState SLEEPING = InstanceState.SLEEPING;

    private final ModelHost host;

    QuotaShortfallTest() {
        var all = new ModelHost(Set.of(), new Counts(3, 1, 0));
        all.converge();
        host = all.under(new Counts(2, 1, 1));
        host.converge();
    }

    private static Quotas quotas(int vcpus, int memMib, int running, int warm) {
        return new Quotas(vcpus, memMib, running, warm, 4, 100, 4, 128);
    }

    private Optional<QuotaShortfall> lack(Quotas quotas, InstanceState from, InstanceState to) {
        var is = host.installed.tenant(Ceremony.DEMO).orElseThrow();
        var tenant = new NodeState.Tenant(is.tenant(), is.network(), quotas, is.pools(), is.keys());
        var all = host.observe().instances();
        var one = all.stream().filter(each -> each.state() == from).findFirst().orElseThrow();
        return QuotaShortfall.of(tenant, all, one, to);
    }

    @Test
    void warmOne_needsAPlaceAmongThoseThatRun_andHasItsProcessorsAndMemory() {
        assertThat(lack(quotas(3, 384, 3, 1), WARM, RUNNING)).isEmpty();
        assertThat(lack(quotas(3, 384, 2, 1), WARM, RUNNING))
                .hasValueSatisfying(lack -> assertThat(lack)
                        .isEqualTo(new QuotaShortfall("max_running", 2, 1, 2))
                        .hasToString("max_running is 2, 2 are in use, and this needs 1 more"));
    }

    @Test
    void runningOne_needsAPlaceAmongTheWarm() {
        assertThat(lack(quotas(3, 384, 2, 2), RUNNING, WARM)).isEmpty();
        assertThat(lack(quotas(3, 384, 2, 1), RUNNING, WARM)).contains(new QuotaShortfall("max_warm", 1, 1, 1));
    }

    @Test
    void sleepingOne_needsAllThatRunsInMemory_butItsDisk() {
        assertThat(lack(quotas(4, 512, 3, 1), SLEEPING, RUNNING)).isEmpty();
        assertThat(lack(quotas(3, 512, 3, 1), SLEEPING, RUNNING)).contains(new QuotaShortfall("max_vcpus", 3, 1, 3));
        assertThat(lack(quotas(4, 511, 3, 1), SLEEPING, RUNNING))
                .contains(new QuotaShortfall("max_mem_mib", 384, 128, 511));
    }

    @Test
    void oneThatIsToSleep_needsRoomForItsMemory_besideThoseThatSleep() {
        var room = new Quotas(0, 0, 0, 0, 4, 100, 0, 256);
        assertThat(lack(room, RUNNING, SLEEPING)).isEmpty();
        assertThat(lack(room, WARM, SLEEPING)).isEmpty();
        var none = new Quotas(0, 0, 0, 0, 4, 100, 0, 255);
        for (var from : List.of(RUNNING, WARM)) {
            assertThat(lack(none, from, SLEEPING)).contains(new QuotaShortfall("max_sleeping_mem_mib", 128, 128, 255));
        }
        assertThat(lack(quotas(4, 512, 3, 1), SLEEPING, RUNNING)).isEmpty();
    }

    @Test
    void volumeThatWouldGrow_needsDisk_forABootAlone() {
        var is = host.installed.tenant(Ceremony.DEMO).orElseThrow();
        var all = host.observe().instances();
        var larger = is.pools().stream()
                .map(pool -> new NodeState.Pool(
                        pool.pool(),
                        pool.revision(),
                        new Resources(1, 128, 3),
                        pool.counts(),
                        pool.flags(),
                        Rates.UNLIMITED))
                .toList();
        var tenant = new NodeState.Tenant(is.tenant(), is.network(), quotas(9, 9999, 9, 9), larger, is.keys());
        assertThat(all.stream().filter(each -> each.state() == SLEEPING))
                .allSatisfy(each -> assertThat(QuotaShortfall.of(tenant, all, each, RUNNING))
                        .contains(new QuotaShortfall("max_disk_gib", 4, 2, 4)))
                .isNotEmpty();
        assertThat(all.stream().filter(each -> each.state() == WARM))
                .allSatisfy(each -> assertThat(QuotaShortfall.of(tenant, all, each, RUNNING))
                        .isEmpty())
                .isNotEmpty();
    }
}
