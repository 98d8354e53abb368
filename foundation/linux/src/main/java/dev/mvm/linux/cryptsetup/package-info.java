/// libcryptsetup: LUKS2 headers, and volumes that the kernel encrypts.
@NullMarked
package dev.mvm.linux.cryptsetup;

import org.jspecify.annotations.NullMarked;
