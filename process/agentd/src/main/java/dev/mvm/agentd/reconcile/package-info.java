/// The loop that brings the node towards the signed state, and its memory between rounds.
///
/// Tests: `PlanHashesTest` is in `dev.mvm.agentd.plan`, beside the model that makes its plans.
@NullMarked
package dev.mvm.agentd.reconcile;

import org.jspecify.annotations.NullMarked;
