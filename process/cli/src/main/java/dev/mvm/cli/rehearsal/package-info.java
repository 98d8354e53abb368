/// What the `mvm` command usually does, done once with nobody there: for a cache of classes.
@NullMarked
package dev.mvm.cli.rehearsal;

import org.jspecify.annotations.NullMarked;
