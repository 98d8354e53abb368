/// The node's agent: verifies the desired state, plans, and asks hostd for operations. It has no privileges and no
/// native access.
@NullMarked
package dev.mvm.agentd;

import org.jspecify.annotations.NullMarked;
