/// The agent's part in getting tenants' keys: it takes challenges and blobs of the key service to hostd, and brings
/// hostd's statements back, with evidence about this boot. It can open nothing of it.
@NullMarked
package dev.mvm.agentd.keys;

import org.jspecify.annotations.NullMarked;
