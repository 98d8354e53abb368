package dev.mvm.protocol.firecracker;

import dev.mvm.json.Json;
import java.util.Optional;

/// The most that a device transfers in a second: a `RateLimiter` of Firecracker's API. Each of its two buckets holds
/// what one second allows, and fills up again within a second. 0 stands for no limit.
///
/// @param bytes 0 to 2^40
/// @param requests 0 to 2^30; packets, for a network interface
public record RateLimit(long bytes, long requests) {
    private static final long SECOND = 1000; // ms

    public RateLimit {
        Form.check(bytes >= 0 && bytes <= 1L << 40, "a device transfers at most 2^40 bytes a second");
        Form.check(requests >= 0 && requests <= 1 << 30, "a device serves at most 2^30 requests a second");
    }

    /// The limiter of a new device; empty for one without limits.
    Optional<Json> first() {
        var limiter = Json.object();
        if (bytes > 0) {
            limiter.put("bandwidth", bucket(bytes));
        }
        if (requests > 0) {
            limiter.put("ops", bucket(requests));
        }
        return bytes + requests > 0 ? Optional.of(limiter.end()) : Optional.empty();
    }

    /// The limiter in place of an earlier one. Firecracker keeps a bucket that is not mentioned and takes one
    /// away whose size is 0.
    Json next() {
        return Json.object()
                .put("bandwidth", bucket(bytes))
                .put("ops", bucket(requests))
                .end();
    }

    private static Json bucket(long size) {
        return Json.object()
                .put("size", size)
                .put("refill_time", size == 0 ? 0 : SECOND)
                .end();
    }
}
