/// The agent's half of the hostd protocol.
@NullMarked
package dev.mvm.protocol.hostd.client;

import org.jspecify.annotations.NullMarked;
