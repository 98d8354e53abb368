package dev.mvm.hostd.rpc;

import dev.mvm.protocol.hostd.ReplyWriter;
import java.util.concurrent.Semaphore;

/// The turn for what is large, of which a process has one in memory at a time.
///
/// @param place one permit
/// @param replies the writer of the connection whose turn it is
record Turn(Semaphore place, ReplyWriter replies) {}
