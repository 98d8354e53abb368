/// Tenants' keys at rest: made, wrapped under a master key, lent for one use, destroyed.
@NullMarked
package dev.mvm.keyd.store;

import org.jspecify.annotations.NullMarked;
