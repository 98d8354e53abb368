/// OpenSSL's libcrypto: it verifies signatures, opens tenants' keys and encrypts in bulk.
@NullMarked
package dev.mvm.linux.libcrypto;

import org.jspecify.annotations.NullMarked;
