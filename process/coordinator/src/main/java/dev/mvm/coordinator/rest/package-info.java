/// The port for people's tools on the same machine: the Fleet service as REST, and programs in instances over
/// WebSockets. HTTP/1.1 on a loopback address, with a token; only in dev mode.
@NullMarked
package dev.mvm.coordinator.rest;

import org.jspecify.annotations.NullMarked;
