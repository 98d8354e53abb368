/// Permissions by the instance's state, by the signed state and by the quotas. Pure functions of their arguments.
@NullMarked
package dev.mvm.hostd.policy;

import org.jspecify.annotations.NullMarked;
