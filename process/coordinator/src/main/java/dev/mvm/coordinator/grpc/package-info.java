/// The port for programs: gRPC over mutual TLS. Nodes keep their connection here, and operators with a certificate
/// find the Fleet service.
@NullMarked
package dev.mvm.coordinator.grpc;

import org.jspecify.annotations.NullMarked;
