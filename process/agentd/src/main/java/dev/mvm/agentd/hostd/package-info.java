/// The way to root: the only one that the agent has.
@NullMarked
package dev.mvm.agentd.hostd;

import org.jspecify.annotations.NullMarked;
