package dev.mvm.protocol.firecracker;

/// Limits of one device.
///
/// @param bandwidth in bytes
/// @param operations in requests
public record RateLimiter(TokenBucket bandwidth, TokenBucket operations) {
    public static final RateLimiter UNLIMITED = new RateLimiter(TokenBucket.UNLIMITED, TokenBucket.UNLIMITED);
}
