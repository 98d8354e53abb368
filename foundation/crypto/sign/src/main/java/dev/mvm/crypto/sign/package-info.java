/// Ed25519 signing keys, for operators and the coordinator. Never loaded by the root process.
/// [dev.mvm.crypto.sign.SigningKeys] is where to begin.
@NullMarked
package dev.mvm.crypto.sign;

import org.jspecify.annotations.NullMarked;
