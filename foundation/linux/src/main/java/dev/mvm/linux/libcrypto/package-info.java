/// OpenSSL's libcrypto: signatures are verified and sealed keys opened with it; bulk encryption belongs here too.
@NullMarked
package dev.mvm.linux.libcrypto;

import org.jspecify.annotations.NullMarked;
