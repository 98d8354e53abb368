/// The port to a VMM: how one is asked for, made to run, paused, and where its guest calls.
@NullMarked
package dev.mvm.hostd.engine;

import org.jspecify.annotations.NullMarked;
