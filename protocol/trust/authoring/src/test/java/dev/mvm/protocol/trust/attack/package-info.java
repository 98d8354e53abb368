/// Documents that an attacker with a coordinator or an agent may send: all that have to be refused, with the reason
/// why. The same list is held against the store of documents, against agent and root process, and against a fleet
/// that runs.
@NullMarked
package dev.mvm.protocol.trust.attack;

import org.jspecify.annotations.NullMarked;
