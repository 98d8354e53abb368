/// What to do next, as a pure function of what is signed and what is there. No clock, no input or output, no
/// threads.
///
/// [Planner] finds what is to become of each pool's instances ([PoolChains]) and has it put into waves
/// ([Schedule]) such that no quota is exceeded at any moment ([TenantBudget]).
@NullMarked
package dev.mvm.agentd.plan;

import org.jspecify.annotations.NullMarked;
