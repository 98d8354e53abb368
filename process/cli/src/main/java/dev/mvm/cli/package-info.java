/// The `mvm` command: everything that a person does with a fleet.
@NullMarked
package dev.mvm.cli;

import org.jspecify.annotations.NullMarked;
