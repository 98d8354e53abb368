/// Tables for people, and the terminal of a program that runs in an instance.
@NullMarked
package dev.mvm.cli.terminal;

import org.jspecify.annotations.NullMarked;
