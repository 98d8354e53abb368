package dev.mvm.property;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Runs a check on many generated cases and reports the smallest one that fails.
///
/// The seed is fixed, so that a green build stays green; `-Dmvm.property.seed=N` explores elsewhere and
/// `-Dmvm.property.cases=N` longer.
public final class Property {
    private static final int SHRINKS = 4_000;

    private Property() {}

    /// The check: draws its own case and throws when the property does not hold.
    @FunctionalInterface
    public interface Check {
        void on(Draw draw) throws Exception;
    }

    /// Runs `check` on `cases` generated cases.
    ///
    /// @throws AssertionError for the smallest failing case found, with the original failure as its cause
    public static void holds(int cases, Check check) {
        long seed = Long.getLong("mvm.property.seed", 20_260_101L);
        int runs = Integer.getInteger("mvm.property.cases", cases);
        for (int i = 0; i < runs; i++) {
            var draw = Draw.fresh(seed + i);
            if (failure(check, draw) != null) {
                throw report(seed + i, shrink(check, draw.choices()), check);
            }
        }
    }

    private static @Nullable Throwable failure(Check check, Draw draw) {
        try {
            check.on(draw);
            return null;
        } catch (Exception | AssertionError e) {
            return e;
        }
    }

    private static AssertionError report(long seed, long[] smallest, Check check) {
        var cause = failure(check, Draw.replaying(smallest));
        return new AssertionError(
                "fails for -Dmvm.property.seed=" + seed + ", smallest choices " + Arrays.toString(smallest), cause);
    }

    /// Tries shorter lists, then smaller numbers, as long as the check goes on failing.
    private static long[] shrink(Check check, long[] start) {
        var best = start;
        int budget = SHRINKS;
        boolean better = true;
        while (better && budget > 0) {
            better = false;
            for (int size = Math.max(1, best.length / 2); size >= 1 && !better; size /= 2) {
                for (int at = 0; at + size <= best.length && !better && budget > 0; at += size, budget--) {
                    var shorter = without(best, at, size);
                    if (failure(check, Draw.replaying(shorter)) != null) {
                        best = shorter;
                        better = true;
                    }
                }
            }
            for (int at = 0; at < best.length && !better && budget > 0; at++) {
                for (long smaller : new long[] {0, best[at] >>> 1, best[at] - 1}) {
                    budget--;
                    if (Long.compareUnsigned(smaller, best[at]) < 0) {
                        var candidate = best.clone();
                        candidate[at] = smaller;
                        if (failure(check, Draw.replaying(candidate)) != null) {
                            best = candidate;
                            better = true;
                            break;
                        }
                    }
                }
            }
        }
        return best;
    }

    private static long[] without(long[] list, int at, int size) {
        var out = new long[list.length - size];
        System.arraycopy(list, 0, out, 0, at);
        System.arraycopy(list, at + size, out, at, out.length - at);
        return out;
    }
}
