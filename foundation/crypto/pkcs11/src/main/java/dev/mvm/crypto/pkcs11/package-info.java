/// One token, one session, one key that signs. [dev.mvm.crypto.pkcs11.Token] is where to begin.
@NullMarked
package dev.mvm.crypto.pkcs11;

import org.jspecify.annotations.NullMarked;
