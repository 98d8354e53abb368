package dev.mvm.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/// All 49 pairs, written out as the table that people read.
final class InstanceStateTest {
    /// Columns in the order of the enum; E edge, D destruction, . refused.
    private static final Map<InstanceState, String> TABLE = Map.of(
            InstanceState.CREATED, ".E....D",
            InstanceState.READY, ".EE...D",
            InstanceState.RUNNING, "...E.ED",
            InstanceState.WARM, "..E.EED",
            InstanceState.SLEEPING, "..E..ED",
            InstanceState.STOPPED, "..E...D",
            InstanceState.DESTROYED, "......D");

    @Test
    void everyPair_isAsTheTableSays() {
        int edges = 0;
        int destructions = 0;
        int refused = 0;
        for (var from : InstanceState.values()) {
            int column = 0;
            for (var to : InstanceState.values()) {
                char cell = TABLE.get(from).charAt(column++);
                assertThat(from.mayBecome(to)).as("%s to %s", from, to).isEqualTo(cell != '.');
                switch (cell) {
                    case 'E' -> edges++;
                    case 'D' -> destructions++;
                    default -> refused++;
                }
            }
        }
        assertThat(edges).isEqualTo(11);
        assertThat(destructions).isEqualTo(7);
        assertThat(refused).isEqualTo(31);
    }

    @Test
    void word_namesTheStateBack() {
        for (var state : InstanceState.values()) {
            assertThat(InstanceState.of(state.word())).contains(state);
        }
        assertThat(InstanceState.of("running")).isEmpty();
    }
}
