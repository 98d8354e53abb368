/// Requirements of clients on the coordinator that they dial.
@NullMarked
package dev.mvm.protocol.control.tls;

import org.jspecify.annotations.NullMarked;
