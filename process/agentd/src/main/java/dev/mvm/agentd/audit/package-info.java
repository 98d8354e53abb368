/// What the agent writes down for each tenant: what it decided, before it asks root, and what came of it.
@NullMarked
package dev.mvm.agentd.audit;

import org.jspecify.annotations.NullMarked;
