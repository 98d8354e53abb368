package dev.mvm.agentd.idle;

import java.time.Duration;

/// When an instance of a pool goes to rest.
///
/// @param warmAfter how long it has had nothing to do when it is paused
/// @param sleepAfter how long it has had nothing to do when it is put to sleep, not less
/// @param runAtLeast how long it runs before either
/// @param warmAtLeast how long it is warm before it is put to sleep
public record IdleTimeouts(Duration warmAfter, Duration sleepAfter, Duration runAtLeast, Duration warmAtLeast) {
    /// The longest of any of them.
    public static final Duration LONGEST = Duration.ofDays(30);

    public static final IdleTimeouts USUAL = new IdleTimeouts(
            Duration.ofSeconds(300), Duration.ofSeconds(900), Duration.ofSeconds(60), Duration.ofSeconds(60));

    public IdleTimeouts {
        check(warmAfter);
        check(sleepAfter);
        check(runAtLeast);
        check(warmAtLeast);
        if (sleepAfter.compareTo(warmAfter) < 0) {
            throw new IllegalArgumentException("it would sleep after " + sleepAfter.toSeconds()
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
