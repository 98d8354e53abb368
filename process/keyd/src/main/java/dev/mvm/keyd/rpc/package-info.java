/// keyd's sockets: who may ask what, and the answers.
@NullMarked
package dev.mvm.keyd.rpc;

import org.jspecify.annotations.NullMarked;
