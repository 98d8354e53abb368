/// Idle instances: finds them by their guests' messages and their use of the host, and decides when each is paused
/// or put to sleep. The planner and operators decide which instances run again.
@NullMarked
package dev.mvm.agentd.idle;

import org.jspecify.annotations.NullMarked;
