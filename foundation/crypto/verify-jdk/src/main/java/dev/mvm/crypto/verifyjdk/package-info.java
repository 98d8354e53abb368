/// Ed25519 verification (RFC 8032) by the JDK.
@NullMarked
package dev.mvm.crypto.verifyjdk;

import org.jspecify.annotations.NullMarked;
