/// Ed25519 verification (RFC 8032) and the byte string that DSSE signs.
@NullMarked
package dev.mvm.crypto.verify;

import org.jspecify.annotations.NullMarked;
