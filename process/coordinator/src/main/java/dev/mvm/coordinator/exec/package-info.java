/// Sessions with programs in instances: an operator's stream and a node's stream, relayed to each other.
@NullMarked
package dev.mvm.coordinator.exec;

import org.jspecify.annotations.NullMarked;
