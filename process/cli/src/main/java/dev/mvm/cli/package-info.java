/// The `mvm` command, by which operators manage a fleet.
@NullMarked
package dev.mvm.cli;

import org.jspecify.annotations.NullMarked;
