package dev.mvm.protocol.firecracker;

import dev.mvm.model.FirecrackerVersion;

/// Compares builds with releases.
public final class Releases {
    private Releases() {}

    /// Returns whether `version` has the features of `release`.
    ///
    /// @throws IllegalArgumentException if `release` is not spelled as a version
    public static boolean atLeast(FirecrackerVersion version, String release) {
        return version.release() >= FirecrackerVersion.parse(release).release();
    }
}
