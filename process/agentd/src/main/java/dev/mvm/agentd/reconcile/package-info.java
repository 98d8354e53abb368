/// The loop that brings what is there towards what is signed, and what it remembers between its rounds.
@NullMarked
package dev.mvm.agentd.reconcile;

import org.jspecify.annotations.NullMarked;
