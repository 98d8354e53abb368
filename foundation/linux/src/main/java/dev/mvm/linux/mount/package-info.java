/// Detached mounts: made here, attached by the receiver of the descriptor.
@NullMarked
package dev.mvm.linux.mount;

import org.jspecify.annotations.NullMarked;
