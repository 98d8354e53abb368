/// hostd's socket: who may speak, and the loop that answers.
@NullMarked
package dev.mvm.hostd.rpc;

import org.jspecify.annotations.NullMarked;
