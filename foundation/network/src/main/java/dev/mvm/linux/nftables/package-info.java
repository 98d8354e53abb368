/// Packet filter transactions through libnftables(3).
@NullMarked
package dev.mvm.linux.nftables;

import org.jspecify.annotations.NullMarked;
