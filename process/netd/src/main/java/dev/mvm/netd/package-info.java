/// Tenants' networks: bridges, addresses, filter rules, and a tap for each VM; and the connection by which hostd asks
/// for them.
@NullMarked
package dev.mvm.netd;

import org.jspecify.annotations.NullMarked;
