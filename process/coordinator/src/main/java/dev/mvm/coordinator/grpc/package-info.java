/// The agent port: gRPC over mutual TLS. It serves NodeLink to nodes and the Fleet service to operators with a
/// certificate.
@NullMarked
package dev.mvm.coordinator.grpc;

import org.jspecify.annotations.NullMarked;
