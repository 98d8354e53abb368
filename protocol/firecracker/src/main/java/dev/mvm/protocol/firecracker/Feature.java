package dev.mvm.protocol.firecracker;

/// What not every version understands. Firecracker refuses a request with a field it does not know, so a request
/// that needs one of these is not sent to a version without it.
///
/// Source: the swagger files and request structures of the tagged releases.
public enum Feature {
    /// `network_overrides` of `PUT /snapshot/load`.
    NETWORK_OVERRIDES("1.12.0"),
    /// `track_dirty_pages` of `PUT /snapshot/load`; before, a deprecated name did the same.
    LOAD_TRACK_DIRTY_PAGES("1.13.0"),
    /// `clock_realtime` of `PUT /snapshot/load`.
    CLOCK_REALTIME("1.15.1"),
    /// `vsock_override` of `PUT /snapshot/load`.
    VSOCK_OVERRIDE("1.16.0"),
    /// `rate_limiter` of `PUT /serial`.
    SERIAL_RATE_LIMITER("1.16.0"),
    /// A kernel in the form of a bzImage; before, only an ELF vmlinux.
    BZIMAGE("1.17.0");

    private final FirecrackerVersion since;

    Feature(String since) {
        this.since = FirecrackerVersion.parse(since);
    }

    /// Whether `version` understands it.
    public boolean in(FirecrackerVersion version) {
        return version.atLeast(since);
    }
}
