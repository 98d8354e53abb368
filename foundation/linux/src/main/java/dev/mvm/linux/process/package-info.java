/// Processes held by pidfd, and what this process and its threads may do.
@NullMarked
package dev.mvm.linux.process;

import org.jspecify.annotations.NullMarked;
