/// System call filters through libseccomp, for all threads of the process at once.
@NullMarked
package dev.mvm.linux.seccomp;

import org.jspecify.annotations.NullMarked;
