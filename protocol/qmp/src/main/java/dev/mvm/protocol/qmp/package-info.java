/// Commands to a QEMU in dev mode, and QEMU's events.
///
/// The other side is not believed: a guest may have taken QEMU over. A line has a limit, a wait has a deadline, and
/// what does not fit the protocol ends the connection.
///
/// Source: QEMU's `docs/interop/qmp-spec.rst` and `qapi/{run-state,migration}.json`, version 10.0.
@NullMarked
package dev.mvm.protocol.qmp;

import org.jspecify.annotations.NullMarked;
