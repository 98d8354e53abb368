/// What a process believes, kept on its own disk and verified again at every start.
@NullMarked
package dev.mvm.protocol.trust.store;

import org.jspecify.annotations.NullMarked;
