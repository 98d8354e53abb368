package dev.mvm.coordinator.trust;

import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.authoring.MeasuredRelease;
import java.time.Instant;
import java.util.List;

/// Software that operators accept on nodes: a list whose signatures were verified.
///
/// @param digest of the signed bytes
/// @param version larger than that of every earlier list
public record SignedMeasurements(
        Digest digest, int version, Instant issuedAt, Instant expires, List<MeasuredRelease> releases) {
    public SignedMeasurements {
        releases = List.copyOf(releases);
    }
}
