/// Authorisation: the role that each method requires, the certificates that are accepted, and the rate of calls.
@NullMarked
package dev.mvm.coordinator.authz;

import org.jspecify.annotations.NullMarked;
