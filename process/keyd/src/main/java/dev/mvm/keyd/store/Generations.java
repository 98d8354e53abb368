package dev.mvm.keyd.store;

/// Generations of a store: each begins numbers that no earlier one has used, because a version is made once an hour
/// at most, and a generation is a time.
final class Generations {
    private static final long BEGINNING = 1_767_225_600; // 2026-01-01T00:00:00Z

    private Generations() {}

    /// The generation that begins now, in seconds since 2026.
    static long next(StoreRecords records, StoreClock clock) throws StoreException {
        return next(records.head().generation(), clock);
    }

    static long next(long before, StoreClock clock) {
        return Math.clamp(clock.now().wall() - BEGINNING, before + 1, Integer.MAX_VALUE - 1L);
    }
}
