/// The signed states of nodes: issued, logged and sent; and the trust roots that sign for them.
@NullMarked
package dev.mvm.coordinator.states;

import org.jspecify.annotations.NullMarked;
