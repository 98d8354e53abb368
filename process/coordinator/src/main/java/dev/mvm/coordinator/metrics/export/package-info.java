/// The metrics document that a scrape reads. Above the parts of the coordinator that it looks at; the counts
/// themselves are in [dev.mvm.coordinator.metrics].
@NullMarked
package dev.mvm.coordinator.metrics.export;

import org.jspecify.annotations.NullMarked;
