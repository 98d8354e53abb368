/// Performs operations: one at a time on an instance, policy first, the record ahead of the effect.
@NullMarked
package dev.mvm.hostd.host;

import org.jspecify.annotations.NullMarked;
