package dev.mvm.agentd.credential;

import java.time.Instant;
import java.util.Optional;

/// The node's certificate as it is reported.
///
/// @param fault reason why it was not renewed, while less than a tenth of its lifetime is left
public record CertificateStatus(Instant expires, Optional<RenewalFault> fault) {}
