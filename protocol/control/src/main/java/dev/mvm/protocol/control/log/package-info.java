/// The writing side of what shows that a state is in the log.
@NullMarked
package dev.mvm.protocol.control.log;

import org.jspecify.annotations.NullMarked;
