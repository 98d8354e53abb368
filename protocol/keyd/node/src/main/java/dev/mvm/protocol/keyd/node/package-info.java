/// Documents of the key service as a node has them; docs/protocol/keyd.md.
@NullMarked
package dev.mvm.protocol.keyd.node;

import org.jspecify.annotations.NullMarked;
