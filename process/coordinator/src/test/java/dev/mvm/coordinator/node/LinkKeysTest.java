package dev.mvm.coordinator.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Reports of a node about the blob that it has taken.
final class LinkKeysTest {
    private final LinkKeys period = new LinkKeys();

    @BeforeEach
    void tells() {
        period.taken(7);
        assertThat(period.reported(7)).isFalse();
    }

    @Test
    void blobThatIsGone_orAnothersOfAnotherPeriod_isLost_untilAnotherIsTaken() {
        assertThat(period.reported(0)).isTrue();
        assertThat(period.lost()).isTrue();
        period.taken(8);
        assertThat(period.lost()).isFalse();
        assertThat(period.reported(9)).isTrue();
        assertThat(period.reported(-1)).isTrue();
        assertThat(period.reported(8)).isFalse();
    }

    @Test
    void reportOfBeforeTheTaking_isNotOfALoss() {
        period.taken(8);
        assertThat(period.reported(7)).isFalse();
    }

    /// A node of an earlier version tells nothing, which reads as 0.
    @Test
    void nodeThatNeverTold_hasLostNothing() {
        var silent = new LinkKeys();
        assertThat(silent.reported(0)).isFalse();
        silent.taken(1);
        assertThat(silent.reported(0)).isFalse();
    }

    @Test
    void nodeThatHasTakenNothing_hasLostNothing() {
        assertThat(new LinkKeys().reported(3)).isFalse();
    }
}
