/// Firecracker under its jailer: the engine of production nodes.
///
/// Tests: `FirecrackerEngineTest` is in `dev.mvm.hostd.machine`, which drives it.
@NullMarked
package dev.mvm.hostd.firecracker;

import org.jspecify.annotations.NullMarked;
