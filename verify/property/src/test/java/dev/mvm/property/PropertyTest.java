package dev.mvm.property;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PropertyTest {
    @Test
    void holdingProperty_runsEveryCase() {
        var seen = new ArrayList<Long>();
        Property.holds(50, draw -> seen.add(draw.between(5, 9)));
        assertThat(seen).hasSize(50).allMatch(n -> n >= 5 && n <= 9).contains(5L, 9L);
    }

    @Test
    void failingProperty_isShrunkToTheSmallestCase() {
        var last = new ArrayList<List<Integer>>();
        assertThatThrownBy(() -> Property.holds(200, draw -> {
                    var list = draw.list(0, 20, () -> draw.intBetween(0, 1000));
                    last.add(list);
                    assertThat(list).allMatch(n -> n < 500);
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("mvm.property.seed=");
        assertThat(last.getLast()).isEqualTo(List.of(500));
    }

    @Test
    void sameSeed_sameCases() {
        var first = new ArrayList<String>();
        var second = new ArrayList<String>();
        Property.holds(10, draw -> first.add(draw.text(0, 30, "abc") + draw.bytes(0, 4).length));
        Property.holds(10, draw -> second.add(draw.text(0, 30, "abc") + draw.bytes(0, 4).length));
        assertThat(first).isEqualTo(second);
    }
}
