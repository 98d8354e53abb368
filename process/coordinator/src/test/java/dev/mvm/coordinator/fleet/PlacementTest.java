package dev.mvm.coordinator.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Counts;
import dev.mvm.model.NodeId;
import dev.mvm.model.PoolAddress;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PlacementTest {
    private static final PoolAddress POOL = PoolAddress.parse("acme/web");

    private static List<NodeId> nodes(int count) {
        var out = new ArrayList<NodeId>();
        for (int i = 0; i < count; i++) {
            out.add(new NodeId("node-" + i));
        }
        return out;
    }

    private static Counts counts(Draw draw) {
        return new Counts(draw.intBetween(0, 100), draw.intBetween(0, 100), draw.intBetween(0, 100));
    }

    @Test
    void oneNode_getsEverything() {
        var counts = new Counts(3, 2, 1);
        assertThat(Placement.shares(POOL, counts, 0, nodes(1))).isEqualTo(Map.of(new NodeId("node-0"), counts));
        assertThat(Placement.shares(POOL, counts, 6, nodes(1))).isEqualTo(Map.of(new NodeId("node-0"), counts));
        assertThat(Placement.shares(POOL, counts, 0, List.of())).isEmpty();
    }

    @Test
    void shares_sumUpAndAreEven() {
        Property.holds(2_000, draw -> {
            var counts = counts(draw);
            var shares = Placement.shares(POOL, counts, 0, nodes(draw.intBetween(1, 9)));
            assertThat(shares.values().stream().mapToInt(Counts::running).sum()).isEqualTo(counts.running());
            assertThat(shares.values().stream().mapToInt(Counts::warm).sum()).isEqualTo(counts.warm());
            assertThat(shares.values().stream().mapToInt(Counts::sleeping).sum())
                    .isEqualTo(counts.sleeping());
            int most = shares.values().stream().mapToInt(Counts::total).max().orElseThrow();
            int least = shares.values().stream().mapToInt(Counts::total).min().orElseThrow();
            assertThat(most - least).isBetween(0, 1);
        });
    }

    @Test
    void noNode_hasLessThanItMust() {
        Property.holds(2_000, draw -> {
            var counts = counts(draw);
            int least = draw.intBetween(1, 30);
            var shares = Placement.shares(POOL, counts, least, nodes(draw.intBetween(1, 9)));
            assertThat(shares.values())
                    .allSatisfy(share -> assertThat(share.total()).isGreaterThanOrEqualTo(least));
            int placed = shares.values().stream().mapToInt(Counts::total).sum();
            assertThat(placed).isEqualTo(counts.total() < least ? 0 : counts.total());
        });
    }

    @Test
    void order_doesNotMatter() {
        Property.holds(500, draw -> {
            var counts = counts(draw);
            var nodes = nodes(draw.intBetween(1, 9));
            var shuffled = new ArrayList<>(nodes);
            Collections.shuffle(shuffled, new Random(draw.between(0, 1_000)));
            assertThat(Placement.shares(POOL, counts, 0, shuffled)).isEqualTo(Placement.shares(POOL, counts, 0, nodes));
        });
    }

    @Test
    void smallPools_doNotCrowdOnOneNode() {
        var taken = new HashSet<NodeId>();
        for (int i = 0; i < 50; i++) {
            var pool = PoolAddress.parse("acme/pool-" + i);
            Placement.shares(pool, new Counts(1, 0, 0), 0, nodes(5)).forEach((node, share) -> {
                if (share.running() > 0) {
                    taken.add(node);
                }
            });
        }
        assertThat(taken).hasSize(5);
    }
}
