/// Firecracker under its jailer: the engine of production nodes.
@NullMarked
package dev.mvm.hostd.firecracker;

import org.jspecify.annotations.NullMarked;
