package dev.mvm.agentd.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceState;
import dev.mvm.model.Resources;
import dev.mvm.protocol.trust.Ceremony;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Warm instances that are not as the signed state has their pool any more, carried out under hostd's own policy.
final class PlannerWarmTest {
    private static final Digest OTHER = Digest.of(new byte[] {7});
    private static final Digest OLD = OTHER;

    /// hostd refuses to resume it, whatever it is wanted for.
    @Test
    void warmInstanceOfAnEarlierRevision_isBootedAfresh_andNeverResumed() {
        var host = PlannerTest.with(new Counts(1, 1, 0));
        var warm = host.in(InstanceState.WARM).getFirst();
        var id = warm.address().instance();
        host.change(id, record -> record.attached(OLD, States.SIZE));
        var more = host.under(new Counts(2, 0, 0));
        var plan = more.converge();
        assertThat(ModelHost.words(plan)).containsExactly("Stop+AttachDrives+Start");
        assertThat(plan.steps()).extracting(Plan.Step::reason).containsOnly(StepReason.WARM_UNFIT);
        assertThat(more.in(InstanceState.RUNNING)).hasSize(2);
        assertThat(more.records.get(id).revision()).isEqualTo(Ceremony.REVISION);
        var asleep = host.under(new Counts(1, 0, 1));
        assertThat(ModelHost.words(asleep.converge()))
                .as("its guest would run to prepare for sleep")
                .containsExactly("Stop");
        var idle = new Policy.IdleTarget(InstanceState.SLEEPING, StepReason.IDLE);
        var policy = new Policy(Set.of(), Map.of(id, idle), Policy.Prune.NOTHING, Set.of());
        assertThat(host.plan(policy).steps()).isEmpty();
    }

    /// Its memory is its own until it runs again, so that a tenant without any room to spare gets it back.
    @Test
    void warmInstanceOfAnotherSize_isBootedWithinFullQuotas_orOnlyStopped() {
        var host = PlannerTest.with(new Counts(0, 1, 0));
        var id = host.only();
        var smaller = new Resources(1, 64, States.SIZE.diskGib());
        host.change(id, record -> record.attached(Ceremony.REVISION, smaller));
        var one = host.under(States.of(States.tight(new Counts(1, 0, 0)), new Counts(1, 0, 0)));
        assertThat(ModelHost.words(one.converge())).containsExactly("Stop+AttachDrives+Start");
        assertThat(one.records.get(id).resources()).isEqualTo(States.SIZE);
        var larger = new Resources(1, 128, 9);
        host.change(id, record -> record.attached(Ceremony.REVISION, larger));
        assertThat(ModelHost.words(host.under(new Counts(1, 0, 0)).converge()))
                .as("a volume does not shrink")
                .containsExactly("Stop", "Create+AttachDrives+Start");
    }
}
