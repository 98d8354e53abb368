/// Identities on the fleet's network: the fleet's own certificate authority, the names in certificates, and the files
/// that hold keys.
@NullMarked
package dev.mvm.coordinator.pki;

import org.jspecify.annotations.NullMarked;
