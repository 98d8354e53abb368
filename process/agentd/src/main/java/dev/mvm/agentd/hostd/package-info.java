/// Client of hostd, the only process of root that the agent talks to.
@NullMarked
package dev.mvm.agentd.hostd;

import org.jspecify.annotations.NullMarked;
