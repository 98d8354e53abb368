/// Evidence, the levels that grants ask for, and the agent's half of the socket of mvm-attest.
@NullMarked
package dev.mvm.protocol.attest;

import org.jspecify.annotations.NullMarked;
