/// The Fleet service as REST: the mapping of HTTP requests to calls, for server and client, read from the
/// `google.api.http` rules of the `.proto` file.
@NullMarked
package dev.mvm.protocol.control.rest;

import org.jspecify.annotations.NullMarked;
