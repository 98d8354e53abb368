/// The loop that brings the node towards the signed state, and its memory between rounds.
@NullMarked
package dev.mvm.agentd.reconcile;

import org.jspecify.annotations.NullMarked;
