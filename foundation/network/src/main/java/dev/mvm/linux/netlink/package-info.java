/// Links and addresses over rtnetlink(7).
@NullMarked
package dev.mvm.linux.netlink;

import org.jspecify.annotations.NullMarked;
