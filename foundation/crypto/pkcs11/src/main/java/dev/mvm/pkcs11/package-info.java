/// One token, one session, one key that signs. [dev.mvm.pkcs11.Token] is where to begin.
@NullMarked
package dev.mvm.pkcs11;

import org.jspecify.annotations.NullMarked;
