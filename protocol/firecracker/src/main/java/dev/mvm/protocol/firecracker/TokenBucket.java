package dev.mvm.protocol.firecracker;

/// A budget that refills at a constant rate.
///
/// @param size tokens it holds: bytes or operations; 0 is no limit
/// @param refillMillis time to fill an empty bucket, in milliseconds; 0 exactly when `size` is
/// @param burst further tokens, spent first and never refilled
public record TokenBucket(long size, long refillMillis, long burst) {
    public static final TokenBucket UNLIMITED = new TokenBucket(0, 0, 0);

    public TokenBucket {
        Form.check(size >= 0 && refillMillis >= 0 && burst >= 0, "a token bucket has no negative part");
        Form.check((size == 0) == (refillMillis == 0), "a limit has both a size and a refill time");
        Form.check(size > 0 || burst == 0, "only a limit has a burst");
    }

    /// A steady limit, with one second's worth as its largest burst.
    public static TokenBucket perSecond(long tokens) {
        return new TokenBucket(tokens, 1_000, 0);
    }
}
