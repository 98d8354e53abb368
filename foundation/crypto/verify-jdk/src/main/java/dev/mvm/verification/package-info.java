/// Ed25519 verification (RFC 8032) by the JDK.
@NullMarked
package dev.mvm.verification;

import org.jspecify.annotations.NullMarked;
