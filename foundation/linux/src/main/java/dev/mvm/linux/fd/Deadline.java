package dev.mvm.linux.fd;

import java.time.Duration;

/// A point of time by which a blocking call must be done, or none. It may span many calls. Measured on the
/// monotonic clock, so that setting the time of day moves no deadline.
public final class Deadline {
    private static final Deadline NEVER = new Deadline(false, 0);

    private final boolean bounded;
    private final long nanos;

    private Deadline(boolean bounded, long nanos) {
        this.bounded = bounded;
        this.nanos = nanos;
    }

    /// No deadline: wait as long as it takes.
    public static Deadline never() {
        return NEVER;
    }

    /// `wait` from now; not negative, at most a century.
    public static Deadline in(Duration wait) {
        if (wait.isNegative() || wait.toDays() > 36_500) {
            throw new IllegalArgumentException("not a time to wait: " + wait);
        }
        return new Deadline(true, System.nanoTime() + wait.toNanos());
    }

    /// Already over: look, but do not wait.
    public static Deadline now() {
        return in(Duration.ZERO);
    }

    public boolean isBounded() {
        return bounded;
    }

    public boolean isPassed() {
        return bounded && nanos - System.nanoTime() <= 0;
    }

    /// Time-out for poll(2): milliseconds left, rounded up; -1 without deadline.
    public int millisLeft() {
        if (!bounded) {
            return -1;
        }
        long left = nanos - System.nanoTime();
        return left <= 0 ? 0 : (int) Math.min((left - 1) / 1_000_000 + 1, Integer.MAX_VALUE);
    }
}
