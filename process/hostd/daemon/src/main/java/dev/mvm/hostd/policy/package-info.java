/// What is permitted: by the instance's state, by the signed state, by the quotas. Pure functions of what they are
/// given.
@NullMarked
package dev.mvm.hostd.policy;

import org.jspecify.annotations.NullMarked;
