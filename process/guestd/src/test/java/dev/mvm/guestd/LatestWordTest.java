package dev.mvm.guestd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.protocol.guest.HookWord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Limits on a guest's reports.
final class LatestWordTest {
    private final ArrayDeque<Runnable> pauses = new ArrayDeque<>();
    private final ArrayList<HookWord> said = new ArrayList<>();
    private final LatestWord words = new LatestWord(pauses::add, said::add);

    @Test
    void firstWord_isSaidAtOnce_andSoIsOneAfterAPause() {
        words.said(HookWord.IDLE);
        assertThat(said).containsExactly(HookWord.IDLE);
        pauses.remove().run();
        assertThat(pauses).isEmpty();
        words.said(HookWord.BUSY);
        assertThat(said).containsExactly(HookWord.IDLE, HookWord.BUSY);
    }

    @Test
    @Tag("claim-G5")
    void flood_isItsFirstWordAndItsLast() {
        for (int i = 0; i < 100_000; i++) {
            words.said(i % 2 == 0 ? HookWord.IDLE : HookWord.BUSY);
        }
        assertThat(said).containsExactly(HookWord.IDLE);
        pauses.remove().run();
        assertThat(said).containsExactly(HookWord.IDLE, HookWord.BUSY);
        pauses.remove().run();
        assertThat(said).hasSize(2);
        assertThat(pauses).isEmpty();
    }

    @Test
    void whatWaits_isNotSaidOnceTheLineHasEnded() {
        words.said(HookWord.IDLE);
        words.said(HookWord.BUSY);
        words.end();
        words.said(HookWord.READY);
        pauses.remove().run();
        assertThat(said).containsExactly(HookWord.IDLE);
        assertThat(pauses).isEmpty();
    }
}
