/// The node's own key, and the tenants' keys that it opens.
@NullMarked
package dev.mvm.hostd.key;

import org.jspecify.annotations.NullMarked;
