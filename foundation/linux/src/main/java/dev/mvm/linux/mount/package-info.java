/// Detached mounts: made here, attached by whoever is handed the descriptor.
@NullMarked
package dev.mvm.linux.mount;

import org.jspecify.annotations.NullMarked;
