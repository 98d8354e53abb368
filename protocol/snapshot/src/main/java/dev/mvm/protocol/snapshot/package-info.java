/// Sealed snapshots of microVMs: chunked encryption, the manifest, and pages of memory.
@NullMarked
package dev.mvm.protocol.snapshot;

import org.jspecify.annotations.NullMarked;
