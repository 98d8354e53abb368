/// Memory of the node's microVMs, read from the kernel.
@NullMarked
package dev.mvm.agentd.memory;

import org.jspecify.annotations.NullMarked;
