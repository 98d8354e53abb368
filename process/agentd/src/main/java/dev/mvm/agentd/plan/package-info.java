/// Planning: a pure function from desired and observed state to steps. No clock, no input or output, no threads.
///
/// [Planner] plans a chain of operations for each instance ([PoolChains]) and puts the chains into waves
/// ([Schedule]) such that no quota is exceeded at any moment ([TenantBudget]).
@NullMarked
package dev.mvm.agentd.plan;

import org.jspecify.annotations.NullMarked;
