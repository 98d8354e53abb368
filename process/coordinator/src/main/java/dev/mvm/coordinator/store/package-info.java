/// The coordinator's persistent data: keys with revisions, in the semantics of etcd's v3 API.
///
/// Everything here happens at a revision, a number that each writing transaction raises by one. A key's past can be
/// read and watched from any revision that has not been compacted.
@NullMarked
package dev.mvm.coordinator.store;

import org.jspecify.annotations.NullMarked;
