/// The operator port: the Fleet service as REST, and sessions with programs in instances over WebSockets. HTTP/1.1:
/// in hardened mode over mutual TLS, in dev mode on a loopback address with a token.
@NullMarked
package dev.mvm.coordinator.rest;

import org.jspecify.annotations.NullMarked;
