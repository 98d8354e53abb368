/// What to do next, as a pure function of what is signed and what is there. No clock, no input or output, no
/// threads.
@NullMarked
package dev.mvm.agentd.plan;

import org.jspecify.annotations.NullMarked;
