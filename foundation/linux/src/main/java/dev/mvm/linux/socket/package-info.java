/// Unix domain sockets (unix(7)): streams, packets with descriptors, who is at the other end.
@NullMarked
package dev.mvm.linux.socket;

import org.jspecify.annotations.NullMarked;
