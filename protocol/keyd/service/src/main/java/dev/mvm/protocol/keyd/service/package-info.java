/// Documents of the key service as it and its clients have them, and the frames of its sockets;
/// docs/protocol/keyd.md.
@NullMarked
package dev.mvm.protocol.keyd.service;

import org.jspecify.annotations.NullMarked;
