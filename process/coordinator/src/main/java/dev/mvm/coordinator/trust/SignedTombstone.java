package dev.mvm.coordinator.trust;

import dev.mvm.model.Digest;
import dev.mvm.model.TenantId;
import java.time.Instant;

/// The end of a tenant, whose signatures were verified.
///
/// @param digest of the signed bytes
/// @param version above that of every grant of the tenant
public record SignedTombstone(Digest digest, TenantId tenant, int version, Instant issuedAt) {}
