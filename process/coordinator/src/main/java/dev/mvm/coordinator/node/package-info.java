/// The nodes: their connections and their last reports, sanitized. Kept in memory only, because a node reports
/// everything again when it connects.
@NullMarked
package dev.mvm.coordinator.node;

import org.jspecify.annotations.NullMarked;
