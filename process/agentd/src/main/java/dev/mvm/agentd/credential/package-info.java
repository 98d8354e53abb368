/// The node's certificate with its key: where it is kept, how it is renewed, and what is demanded of a new one.
@NullMarked
package dev.mvm.agentd.credential;

import org.jspecify.annotations.NullMarked;
