/// Small files that survive a crash, in the agent's own directory.
@NullMarked
package dev.mvm.agentd.files;

import org.jspecify.annotations.NullMarked;
