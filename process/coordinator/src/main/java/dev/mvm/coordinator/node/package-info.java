/// Nodes as the coordinator knows them now: their connections, and what they last said. Kept in memory only; a node
/// says all of it again when it connects.
@NullMarked
package dev.mvm.coordinator.node;

import org.jspecify.annotations.NullMarked;
