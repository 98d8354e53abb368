/// Network devices apart from netlink: names, taps, per-interface kernel settings.
@NullMarked
package dev.mvm.linux.netdev;

import org.jspecify.annotations.NullMarked;
