package dev.mvm.hostd.rpc;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.socket.UnixStream;
import java.util.Optional;

/// Checks that the process at the other end is the agent, by numbers from the kernel; nothing that the peer sends
/// counts.
///
/// @param uid the agent's user
/// @param cgroup the cgroup that the agent's service is, or empty where services have none (dev mode)
public record PeerCheck(int uid, Optional<String> cgroup) {
    /// Returns the reason for which the peer is not served, or empty.
    Optional<String> complaint(UnixStream peer) {
        try {
            var credentials = peer.peer();
            if (credentials.uid() != uid) {
                return Optional.of("uid " + credentials.uid() + " is not the agent's");
            }
            if (cgroup.isPresent()) {
                try (var process = peer.peerProcess()) {
                    var there = process.cgroup();
                    boolean inside = there.equals(cgroup.get()) || there.startsWith(cgroup.get() + "/");
                    return inside ? Optional.empty() : Optional.of("cgroup " + there + " is not the agent's");
                }
            }
            return Optional.empty();
        } catch (ErrnoException e) {
            return Optional.of("it cannot be told who it is: " + e.getMessage());
        }
    }
}
