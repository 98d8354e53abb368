/// Programs in instances: an operator's stream and a node's stream, joined here.
@NullMarked
package dev.mvm.coordinator.exec;

import org.jspecify.annotations.NullMarked;
