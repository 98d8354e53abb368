package dev.mvm.agentd.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.plan.Policy;
import dev.mvm.agentd.reconcile.MortalNode.Victim;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.model.Counts;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Agent, hostd, both or the machine die at every point of the way from one state to another: what there is in
/// the end is what there is without any of that.
final class KillMatrixTest {
    private static final int LEAST_POINTS = 25;

    /// States in order, of which the last is being reached when a process dies.
    private record Way(List<Counts> states) {
        static Way of(Counts... states) {
            return new Way(List.of(states));
        }

        Counts last() {
            return states.getLast();
        }
    }

    private static final Counts THREE = new Counts(3, 0, 0);

    private static final List<Way> WAYS = List.of(
            Way.of(new Counts(2, 1, 0)),
            Way.of(THREE, new Counts(1, 1, 1)),
            Way.of(THREE, new Counts(1, 1, 1), Counts.NONE),
            Way.of(new Counts(2, 0, 0), new Counts(0, 0, 2), new Counts(2, 0, 0)),
            Way.of(new Counts(2, 1, 0), new Counts(0, 0, 3)),
            Way.of(THREE, new Counts(1, 0, 2), new Counts(1, 2, 0)),
            Way.of(THREE, new Counts(0, 2, 1), THREE));

    /// A node that has reached all states but the last, which is in force.
    private static MortalNode setOut(Way way) throws Exception {
        var node = new MortalNode(HostFixture.withSnapshots(), Policy.Prune.NOTHING);
        node.fixture.install(node.fixture.state(way.states.getFirst()));
        for (int i = 1; i < way.states.size(); i++) {
            node.converge();
            node.fixture.done(node.fixture.next(way.states.get(i)));
        }
        return node;
    }

    /// The node without any of the deaths. Sleeping instances stay asleep unless a count wants them to run.
    private static MortalNode undisturbed(Way way) throws Exception {
        var node = setOut(way);
        node.converge();
        node.assertTruthful();
        var now = node.counts();
        assertThat(new Counts(now.running(), now.warm(), way.last().sleeping())).isEqualTo(way.last());
        return node;
    }

    @ParameterizedTest
    @EnumSource
    @Tag("claim-H5")
    void whoeverDies_whereverThatIs_theNodeBecomesWhatIsWanted(Victim victim) throws Exception {
        int points = 0;
        for (var way : WAYS) {
            var wanted = undisturbed(way);
            for (int steps = 0; ; steps++) {
                var node = setOut(way);
                node.kill(victim, steps);
                node.round();
                if (!node.spare()) {
                    break;
                }
                points++;
                node.converge();
                node.assertTruthful();
                var now = node.counts();
                if (victim == Victim.MACHINE) { // what was not asleep yet is lost
                    assertThat(now.sleeping())
                            .isLessThanOrEqualTo(wanted.counts().sleeping());
                    now = new Counts(now.running(), now.warm(), wanted.counts().sleeping());
                } else {
                    assertThat(node.fixture.registry.all()).hasSameSizeAs(wanted.fixture.registry.all());
                }
                assertThat(now).as("%s at %d of %s", victim, steps, way.states).isEqualTo(wanted.counts());
            }
        }
        assertThat(points).isGreaterThan(LEAST_POINTS);
    }
}
