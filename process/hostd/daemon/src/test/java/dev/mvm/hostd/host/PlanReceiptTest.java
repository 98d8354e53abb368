package dev.mvm.hostd.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostRequest;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Plans of the agent's in the receipts of what it has asked for.
final class PlanReceiptTest {
    private static final InstanceId ID = new InstanceId("i-00000001");
    private static final Digest FIRST = Digest.of(new byte[] {1});
    private static final Digest SECOND = Digest.of(new byte[] {2});

    private static final List<HostOperation> LIFE = List.of(
            new HostOperation.SetupNetwork(new NetId(0)),
            HostFixture.plan(ID, 3),
            new HostOperation.AttachDrives(ID),
            new HostOperation.StartInstance(ID),
            new HostOperation.PauseInstance(ID),
            new HostOperation.ResumeInstance(ID),
            new HostOperation.SleepInstance(ID, true),
            new HostOperation.WakeInstance(ID),
            new HostOperation.StopInstance(ID, 0),
            new HostOperation.DestroyInstance(ID));

    private final HostFixture fixture = HostFixture.withSnapshots();

    private static HostRequest request(HostOperation operation, Digest plan) {
        return new HostRequest(operation, Optional.of(plan));
    }

    private void installed() {
        fixture.install(fixture.state(new Counts(2, 1, 1)));
    }

    private static String shown(String plan) {
        return "\"detail\":\"\",\"plan\":\"" + plan + "\",\"count\":1,";
    }

    @Test
    @Tag("claim-R6")
    void receiptOfEachOperation_namesItsPlan_andEachItsOwn() {
        installed();
        for (int i = 0; i < LIFE.size(); i++) {
            var plan = Digest.of(new byte[] {(byte) i});
            assertThat(fixture.perform(request(LIFE.get(i), plan)))
                    .isInstanceOfAny(HostReply.Done.class, HostReply.Ended.class);
            assertThat(fixture.audited().getLast())
                    .startsWith("{\"schema\":2,")
                    .contains("\"" + LIFE.get(i).word() + "\"", shown(plan.value()));
        }
        assertThat(fixture.audited()).hasSize(LIFE.size());
    }

    @Test
    @Tag("claim-R6")
    void operationOfNoPlan_saysSo_alsoAfterOneOfAPlan() {
        installed();
        LIFE.forEach(fixture::perform);
        assertThat(fixture.audited()).hasSize(LIFE.size()).allMatch(line -> line.contains(shown("none")));
        fixture.perform(request(HostFixture.plan(ID, 3), FIRST));
        fixture.done(new HostOperation.AttachDrives(ID));
        assertThat(fixture.audited().getLast()).contains("\"attach_drives\"", shown("none"));
    }

    @Test
    @Tag("claim-R6")
    void refusalOfAPlan_leavesNoTraceOfItInTheNextReceipt() {
        var id = fixture.running();
        assertThat(fixture.perform(request(new HostOperation.ResumeInstance(id), FIRST)))
                .isInstanceOf(HostReply.Refused.class);
        assertThat(fixture.audited().getLast()).startsWith("{\"schema\":1,").doesNotContain(FIRST.value());
        fixture.perform(request(new HostOperation.PauseInstance(id), SECOND));
        assertThat(fixture.audited().getLast()).contains(shown(SECOND.value()));
    }

    /// Work that hostd finishes after its own death is a step of the plan that began it, and of no later one.
    @Test
    @Tag("claim-R6")
    @Tag("claim-H5")
    void whatIsFinishedAfterACrash_namesThePlanThatBeganIt() {
        for (var operation : List.of(new HostOperation.StopInstance(ID, 0), new HostOperation.DestroyInstance(ID))) {
            int crashes = 0;
            for (int steps = 0; crashed(operation, steps); steps++) {
                crashes++;
            }
            assertThat(crashes).as(operation.word()).isPositive();
        }
    }

    /// Lets hostd die at an effect of `operation`; returns whether it came to that.
    private static boolean crashed(HostOperation operation, int steps) {
        var host = HostFixture.withSnapshots();
        host.running();
        host.perform(request(new HostOperation.PauseInstance(ID), FIRST));
        host.machines.crashAfter(steps);
        try {
            host.perform(request(operation, SECOND));
            return false;
        } catch (FakeMachines.Crash e) {
            host.start();
            assertThat(host.audited().getLast()).contains("\"" + operation.word() + "\"", shown(SECOND.value()));
            return true;
        }
    }

    /// The agent may say of a plan what it likes: nothing of hostd's decision depends on it.
    @Test
    @Tag("claim-R6")
    void plan_decidesNothing() {
        var id = fixture.running();
        var without = new HostFixture();
        var other = without.running();
        for (var operation : List.of("pause", "resume", "resume")) {
            var planned = fixture.perform(request(named(operation, id), FIRST));
            assertThat(planned).isEqualTo(without.perform(named(operation, other)));
        }
        assertThat(fixture.registry.find(id).map(InstanceRecord::state))
                .isEqualTo(without.registry.find(other).map(InstanceRecord::state));
    }

    private static HostOperation named(String word, InstanceId id) {
        return word.equals("pause") ? new HostOperation.PauseInstance(id) : new HostOperation.ResumeInstance(id);
    }
}
