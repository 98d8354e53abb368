/// The root process: its configuration, what it gives up at start, and how its parts are put together.
@NullMarked
package dev.mvm.hostd;

import org.jspecify.annotations.NullMarked;
