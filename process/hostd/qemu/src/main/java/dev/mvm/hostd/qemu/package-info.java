/// The engine of dev mode.
@NullMarked
package dev.mvm.hostd.qemu;

import org.jspecify.annotations.NullMarked;
