package dev.mvm.agentd.audit;

import java.time.Duration;

/// Retention of each tenant's audit.
///
/// @param age records older than this are removed, a segment at a time; 1 day to 100 years
/// @param bytes most bytes of one tenant's audit, 1 MiB to 1 TiB; the oldest segments are removed first
public record Retention(Duration age, long bytes) {
    /// Default age in days.
    public static final long DAYS = 400;

    /// Default size in MiB.
    public static final long MIB = 16;

    private static final long MIB_BYTES = 1 << 20;
    private static final long MOST_DAYS = 36_500;

    public Retention {
        if (age.toDays() < 1 || age.toDays() > MOST_DAYS) {
            throw new IllegalArgumentException("audit-keep-days is 1 to " + MOST_DAYS);
        }
        if (bytes < MIB_BYTES || bytes > MIB_BYTES * MIB_BYTES) {
            throw new IllegalArgumentException("audit-keep-mib is 1 to " + MIB_BYTES);
        }
    }

    public static Retention of(long days, long mib) {
        return new Retention(
                Duration.ofDays(Math.clamp(days, 0, MOST_DAYS + 1)), Math.clamp(mib, 0, MIB_BYTES + 1) * MIB_BYTES);
    }
}
