package dev.mvm.sealer.paging.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class FaultOrderTest {
    @Test
    void faultsBeyondTheLimit_areNotKept() {
        var asked = new FaultOrder();
        for (int page = 2 * FaultOrder.MOST; page > 0; page--) {
            asked.add(page);
            asked.add(page);
        }
        assertThat(asked.pages()).hasSize(FaultOrder.MOST).startsWith(2 * FaultOrder.MOST, 2 * FaultOrder.MOST - 1);
    }
}
