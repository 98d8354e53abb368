/// Ed25519 signing keys, for operators and the coordinator. Never loaded by the root process.
/// [dev.mvm.signing.SigningKeys] is where to begin.
@NullMarked
package dev.mvm.signing;

import org.jspecify.annotations.NullMarked;
