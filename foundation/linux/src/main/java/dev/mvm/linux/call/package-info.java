/// The way into native code: libraries, the closed list of system calls, memory for their arguments. Exported to the
/// modules of signing keys alone.
@NullMarked
package dev.mvm.linux.call;

import org.jspecify.annotations.NullMarked;
