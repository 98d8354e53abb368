/// Snapshots of sleeping instances on disk, and the sealers, which alone read their content.
@NullMarked
package dev.mvm.hostd.snapshot;

import org.jspecify.annotations.NullMarked;
