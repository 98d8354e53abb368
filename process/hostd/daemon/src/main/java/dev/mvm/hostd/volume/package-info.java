/// Data volumes: the part of an instance that outlives a stop, readable with the tenant's key alone.
@NullMarked
package dev.mvm.hostd.volume;

import org.jspecify.annotations.NullMarked;
