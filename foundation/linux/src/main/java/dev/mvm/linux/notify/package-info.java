/// The service manager: sd_notify(3), its descriptor store, and sd_listen_fds(3).
@NullMarked
package dev.mvm.linux.notify;

import org.jspecify.annotations.NullMarked;
