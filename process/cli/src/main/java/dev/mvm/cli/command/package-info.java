/// One class for each noun of the command line, one nested class for each of its verbs.
///
/// Tests: in `dev.mvm.cli`, for they run whole command lines.
@NullMarked
package dev.mvm.cli.command;

import org.jspecify.annotations.NullMarked;
