package dev.mvm.coordinator.trust;

import com.google.protobuf.ByteString;

/// Verifies and parses documents about the fleet that no node gets.
public interface FleetReader {
    /// Verifies and reads the end of a tenant.
    ///
    /// @throws DocumentRefusedException if it is malformed, another fleet's, or not signed by enough keys
    SignedTombstone tombstone(ByteString envelope) throws DocumentRefusedException;

    /// Verifies and reads a list of accepted software.
    ///
    /// @throws DocumentRefusedException if it is malformed, another fleet's, or not signed by enough keys
    SignedMeasurements measurements(ByteString envelope) throws DocumentRefusedException;
}
