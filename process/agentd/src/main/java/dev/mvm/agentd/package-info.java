/// The node's agent: verifies what should run, plans, asks root. It has no privileges and no native access.
@NullMarked
package dev.mvm.agentd;

import org.jspecify.annotations.NullMarked;
