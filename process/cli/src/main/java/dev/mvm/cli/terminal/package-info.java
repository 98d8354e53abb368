/// Output for people and programs, and control of the terminal.
@NullMarked
package dev.mvm.cli.terminal;

import org.jspecify.annotations.NullMarked;
