/// When instances that have nothing to do go to rest: what their guests say, how long ago, how short memory is. What
/// has to run again is for the planner and for operators.
@NullMarked
package dev.mvm.agentd.idle;

import org.jspecify.annotations.NullMarked;
