package dev.mvm.agentd.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.execute.Outcome;
import dev.mvm.agentd.plan.Policy;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NodeMode;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.Verified;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/// A node of 200 instances comes to what is wanted from wherever it is.
final class LargeNodeTest {
    private static final Counts FIRST = new Counts(100, 100, 0);
    private static final Counts WANTED = new Counts(100, 60, 40);

    private static HostFixture fixture() {
        var fixture = HostFixture.withSnapshots();
        fixture.grant = large(fixture, fixture.grant.value());
        return fixture;
    }

    /// The same grant for 200 instances.
    private static Verified<Grant> large(HostFixture fixture, Grant grant) {
        var pool = grant.pools().getFirst();
        var larger = new Grant.Pool(
                pool.pool(),
                pool.revisions(),
                new Resources(2, 512, 0),
                new Grant.Range(0, 200),
                pool.flags(),
                Rates.UNLIMITED);
        return fixture.ceremony.verified(new Grant(
                grant.tenant(),
                grant.version(),
                grant.network(),
                grant.notBefore(),
                grant.expires(),
                new Quotas(400, 400 * 128, 140, 100, 1, 200, 400, Quotas.UNLIMITED),
                List.of(larger),
                List.of(Ceremony.RUNTIME),
                grant.keys(),
                NodeMode.DEV));
    }

    private static MortalNode node() throws Exception {
        var node = new MortalNode(fixture(), Policy.Prune.NOTHING);
        node.fixture.install(node.fixture.state(FIRST));
        return node;
    }

    @Test
    void emptyNode_isFilledInOneRound_andItsSurplusSleepsLater() throws Exception {
        var node = node();
        assertThat(node.round()).isInstanceOf(Outcome.Progressing.class);
        assertThat(node.round()).isInstanceOf(Outcome.Converged.class);
        assertThat(node.counts()).isEqualTo(FIRST);
        node.fixture.done(node.fixture.next(WANTED));
        node.converge();
        assertThat(node.counts()).isEqualTo(WANTED);
        assertThat(node.fixture.registry.all()).hasSize(WANTED.total());
        node.assertTruthful();
    }

    /// VMs that died unobserved, instances in unexpected states, and a hostd that is killed in between.
    @RepeatedTest(5)
    void halfBrokenNode_isMended(RepetitionInfo repetition) throws Exception {
        var random = new Random(repetition.getCurrentRepetition());
        var node = node();
        node.converge();
        var fixture = node.fixture;
        fixture.done(fixture.next(WANTED));
        node.converge();
        for (var id : some(fixture, random, 30, InstanceState.RUNNING)) {
            fixture.machines.die(id);
        }
        node.startHostd();
        for (var id : some(fixture, random, 20, InstanceState.RUNNING)) {
            assertThat(fixture.perform(new HostOperation.StopInstance(id, 0))).isInstanceOf(HostReply.Ended.class);
        }
        for (var id : some(fixture, random, 20, InstanceState.WARM)) {
            fixture.done(new HostOperation.DestroyInstance(id));
        }
        node.kill(random.nextBoolean() ? MortalNode.Victim.HOSTD : MortalNode.Victim.BOTH, random.nextInt(60));
        node.round();
        assertThat(node.spare()).isTrue();
        node.converge();
        var now = node.counts(); // what slept was woken before others were booted
        assertThat(now).isEqualTo(new Counts(WANTED.running(), WANTED.warm(), now.sleeping()));
        node.assertTruthful();
    }

    private static List<InstanceId> some(HostFixture fixture, Random random, int count, InstanceState state) {
        var all = new ArrayList<InstanceId>();
        for (var record : fixture.registry.all()) {
            if (record.state() == state) {
                all.add(record.address().instance());
            }
        }
        Collections.shuffle(all, random);
        return all.subList(0, Math.min(count, all.size()));
    }

    /// Two tenants with ten instances each, of which the next state does not know one any more.
    private static MortalNode withForeign(Policy.Prune prune) throws Exception {
        var fixture = new HostFixture();
        var other = fixture.ceremony.verified(Ceremony.grant(Ceremony.SECOND, 1));
        fixture.done(new HostOperation.InstallGrant(fixture.grant.envelope()));
        fixture.done(new HostOperation.InstallGrant(other.envelope()));
        var both = Ceremony.state(List.of(fixture.grant, other), new Counts(6, 4, 0));
        fixture.done(fixture.install(fixture.ceremony.signed(both)));
        var node = new MortalNode(fixture, prune);
        node.converge();
        assertThat(fixture.registry.all()).hasSize(20);
        fixture.done(fixture.next(new Counts(6, 4, 0)));
        node.converge();
        node.assertTruthful();
        return node;
    }

    private static Set<InstanceState> ofOther(MortalNode node) {
        return node.fixture.registry.all().stream()
                .filter(record -> record.address().tenant().equals(Ceremony.SECOND))
                .map(InstanceRecord::state)
                .collect(Collectors.toSet());
    }

    @Test
    void whatTheStateDoesNotKnow_isLeftAlone() throws Exception {
        var node = withForeign(Policy.Prune.NOTHING);
        assertThat(ofOther(node)).containsExactlyInAnyOrder(InstanceState.RUNNING, InstanceState.WARM);
        assertThat(node.fixture.machines.alive()).hasSize(20);
    }

    @Test
    void whatTheStateDoesNotKnow_isDestroyed_whereTheNodeSaysSo() throws Exception {
        var node = withForeign(new Policy.Prune(true, true));
        assertThat(node.fixture.registry.all()).hasSize(10);
    }
}
