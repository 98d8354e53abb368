package dev.mvm.hostd.engine;

import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixStream;
import java.io.IOException;
import java.util.Optional;

/// Port on which one VM's guest calls.
public interface GuestPort extends AutoCloseable {
    /// Waits for the guest, or for `stop`.
    ///
    /// @return the connection, which the caller owns; empty once `stop` is signalled
    Optional<UnixStream> next(WakeUp stop) throws IOException;

    @Override
    void close();
}
