/// The Fleet service as REST: which HTTP request is which call, read from the `google.api.http` rules of the `.proto`
/// itself, for the server and for the client.
@NullMarked
package dev.mvm.protocol.control.rest;

import org.jspecify.annotations.NullMarked;
