/// The port to a VMM: its launch request, how it is started and paused, and where its guest calls.
@NullMarked
package dev.mvm.hostd.engine;

import org.jspecify.annotations.NullMarked;
