/// hostd's side of netd, the process that makes tenants' networks.
///
/// More tests: in `process/netd`.
@NullMarked
package dev.mvm.hostd.network;

import org.jspecify.annotations.NullMarked;
