/// The rules by which keys go to nodes: challenges, boots, states, limits, rations.
@NullMarked
package dev.mvm.keyd.release;

import org.jspecify.annotations.NullMarked;
