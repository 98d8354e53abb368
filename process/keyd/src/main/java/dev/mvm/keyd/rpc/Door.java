package dev.mvm.keyd.rpc;

import dev.mvm.linux.socket.UnixListener;
import java.util.OptionalInt;

/// One of keyd's sockets.
///
/// @param uid the only user that is served; empty for anybody
/// @param documentsOnly whether it takes documents and questions about the state alone
/// @param connections most of them at a time
public record Door(UnixListener listener, OptionalInt uid, boolean documentsOnly, int connections) {}
