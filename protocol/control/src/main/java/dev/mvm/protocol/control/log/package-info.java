/// Writers of proofs that a state is in the log.
@NullMarked
package dev.mvm.protocol.control.log;

import org.jspecify.annotations.NullMarked;
