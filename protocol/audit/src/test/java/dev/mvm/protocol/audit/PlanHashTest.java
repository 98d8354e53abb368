package dev.mvm.protocol.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Hashes of plans, by what `docs/operations/audit.md` says of them.
final class PlanHashTest {
    private static final Digest STATE = Digest.of(new byte[] {1});
    private static final Digest SEEN = Digest.of(new byte[] {2});
    private static final Instant MADE = Instant.parse("2026-06-01T12:00:00.123456789Z");
    private static final PlanHash.Basis BASIS = new PlanHash.Basis("reconcile", Optional.of(STATE), SEEN, MADE, 7);
    private static final List<byte[]> STEPS = List.of(new byte[] {0, 0x1f}, new byte[] {(byte) 0xff});

    @Test
    void hash_isOfTheDocumentedText() {
        var text = "mvm plan v2\nby reconcile\nstate " + STATE + "\nobserved " + SEEN
                + "\nmade 2026-06-01T12:00:00.123456789Z\nnumber 7\nstep 001f\nstep ff\n";
        assertThat(PlanHash.of(BASIS, STEPS)).isEqualTo(Digest.of(text.getBytes(UTF_8)));
    }

    @Test
    void hashWithoutAState_isOfTheDocumentedText() {
        var text = "mvm plan v2\nby operator\nstate none\nobserved " + SEEN
                + "\nmade 2026-06-01T12:00:00.123456789Z\nnumber 1\n";
        var basis = new PlanHash.Basis("operator", Optional.empty(), SEEN, MADE, 1);
        assertThat(PlanHash.of(basis, List.of())).isEqualTo(Digest.of(text.getBytes(UTF_8)));
    }

    @Test
    void whateverDiffers_givesAnotherHash() {
        var hashes = List.of(
                PlanHash.of(BASIS, STEPS),
                PlanHash.of(new PlanHash.Basis("operator", Optional.of(STATE), SEEN, MADE, 7), STEPS),
                PlanHash.of(new PlanHash.Basis("reconcile", Optional.of(SEEN), SEEN, MADE, 7), STEPS),
                PlanHash.of(new PlanHash.Basis("reconcile", Optional.of(STATE), STATE, MADE, 7), STEPS),
                PlanHash.of(new PlanHash.Basis("reconcile", Optional.of(STATE), SEEN, MADE.plusNanos(1), 7), STEPS),
                PlanHash.of(new PlanHash.Basis("reconcile", Optional.of(STATE), SEEN, MADE, 8), STEPS),
                PlanHash.of(BASIS, STEPS.reversed()),
                PlanHash.of(BASIS, List.of(new byte[] {0, 0x1f, (byte) 0xff})),
                PlanHash.of(BASIS, STEPS.subList(0, 1)));
        assertThat(hashes).doesNotHaveDuplicates();
    }
}
