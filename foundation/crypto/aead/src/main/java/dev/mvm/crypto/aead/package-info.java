/// AES-256-GCM for numbered pieces, and HKDF with SHA-512, by libcrypto.
@NullMarked
package dev.mvm.crypto.aead;

import org.jspecify.annotations.NullMarked;
