package dev.mvm.agentd.idle;

import java.time.Duration;

/// Times after which an idle instance of a pool is paused and put to sleep, 0 to [#LONGEST] each.
///
/// @param warmAfter idle time after which it is paused
/// @param sleepAfter idle time after which it is put to sleep, at least `warmAfter`
/// @param runAtLeast time that it runs before either
/// @param warmAtLeast time that it is paused before it is put to sleep
public record IdleTimeouts(Duration warmAfter, Duration sleepAfter, Duration runAtLeast, Duration warmAtLeast) {
    /// The longest value of each.
    public static final Duration LONGEST = Duration.ofDays(30);

    public static final IdleTimeouts USUAL = new IdleTimeouts(
            Duration.ofSeconds(300), Duration.ofSeconds(900), Duration.ofSeconds(60), Duration.ofSeconds(60));

    public IdleTimeouts {
        check(warmAfter);
        check(sleepAfter);
        check(runAtLeast);
        check(warmAtLeast);
        if (sleepAfter.compareTo(warmAfter) < 0) {
            throw new IllegalArgumentException("an instance would sleep after " + sleepAfter.toSeconds()
                    + " s, before it is warm after " + warmAfter.toSeconds() + " s");
        }
    }

    private static void check(Duration duration) {
        if (duration.isNegative() || duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    duration.toSeconds() + " seconds (want 0 to " + LONGEST.toSeconds() + ")");
        }
    }
}
