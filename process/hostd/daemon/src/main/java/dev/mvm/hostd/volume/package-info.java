/// Data volumes: what of an instance outlives its stop, readable with its tenant's key alone.
@NullMarked
package dev.mvm.hostd.volume;

import org.jspecify.annotations.NullMarked;
