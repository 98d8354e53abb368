package dev.mvm.testkit.firecracker;

import java.io.IOException;
import java.util.Optional;

/// Guest of a microVM, written in Java. Each call comes on a thread of its own, which is interrupted when the
/// process ends. A paused guest is not stopped: it waits at its next use of [Machine#dial] or [Channel].
public interface Guest {
    /// The microVM has booted.
    ///
    /// @throws IOException when the guest gives up, of a connection for example; its other threads go on
    void started(Machine machine) throws IOException, InterruptedException;

    /// The microVM goes on from a snapshot: memory is as it was, vsock connections are gone.
    void restored(Machine machine) throws IOException, InterruptedException;

    /// Listener on a vsock port, called with each connection from the host. Empty without a listener.
    Optional<Service> listener(int port);

    /// Three keys were pressed. A usual guest resets.
    default void ctrlAltDel(Machine machine) {
        machine.reset();
    }

    /// Serves one connection, which is closed when it returns.
    @FunctionalInterface
    interface Service {
        void serve(Channel channel) throws IOException, InterruptedException;
    }

    /// A guest that does nothing and listens nowhere.
    static Guest idle() {
        return new Guest() {
            @Override
            public void started(Machine machine) {}

            @Override
            public void restored(Machine machine) {}

            @Override
            public Optional<Service> listener(int port) {
                return Optional.empty();
            }
        };
    }
}
