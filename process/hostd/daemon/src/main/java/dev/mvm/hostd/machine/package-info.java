/// VMs as processes of the kernel: started through the launcher, watched by their pidfd, found again after a
/// restart.
@NullMarked
package dev.mvm.hostd.machine;

import org.jspecify.annotations.NullMarked;
