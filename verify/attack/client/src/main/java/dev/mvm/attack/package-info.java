/// An agent that was taken over: it has the agent's user, place and files, speaks hostd's protocol perfectly, and holds
/// the coordinator's signing key as well. And a thief of the certificate of an operator or an admin, who has nothing
/// else.
@NullMarked
package dev.mvm.attack;

import org.jspecify.annotations.NullMarked;
