/// The coordinator's REST interface, as the command line uses it.
@NullMarked
package dev.mvm.cli.api;

import org.jspecify.annotations.NullMarked;
