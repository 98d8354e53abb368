package dev.mvm.testkit.firecracker;

import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.firecracker.Releases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/// A stand-in for a Firecracker process. It listens on the API socket until it exits: by a guest's reset with 0, by a
/// failed load with 1, or killed. Its sockets stay in the file system, as the real one's do.
public final class StandIn implements VmmProcess {
    private final Setup setup;
    private final ServerSocketChannel listener;
    private final ProcessThreads threads = new ProcessThreads();
    private final ProcessThreads guestThreads = new ProcessThreads();
    private final Devices devices;
    private final Vmm vmm;
    private final Routes routes;
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private final AtomicBoolean ending = new AtomicBoolean();
    private final Set<SocketChannel> connections = new HashSet<>();
    private final Thread accepting = Thread.ofVirtual().name("api").unstarted(this::accept);

    /// Options of a process.
    ///
    /// @param id the `--id`
    /// @param jail what it sees as `/`
    /// @param apiSocket a path inside
    public record Setup(
            FirecrackerVersion version, String id, Jail jail, String apiSocket, Guest guest, Set<Mishap> mishaps) {
        public Setup {
            mishaps = Set.copyOf(mishaps);
        }

        /// Returns the setup of `firecracker --api-sock /api.sock`, where nothing goes wrong.
        public static Setup of(FirecrackerVersion version, Jail jail, Guest guest) {
            return new Setup(version, "anonymous-instance", jail, "/api.sock", guest, Set.of());
        }
    }

    private StandIn(Setup setup, ServerSocketChannel listener) {
        this.setup = setup;
        this.listener = listener;
        this.routes = new Routes(setup.version);
        this.devices = new Devices(setup.version, setup.jail, setup.guest, guestThreads, setup.mishaps, () -> exit(0));
        this.vmm = new Vmm(setup.id, setup.version, setup.jail, devices);
    }

    /// Starts a process.
    ///
    /// @throws java.net.BindException when the API socket is in the way, left by another process say
    public static StandIn start(Setup setup) throws IOException {
        var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            listener.bind(UnixDomainSocketAddress.of(setup.jail.outside(setup.apiSocket)));
        } catch (IOException e) {
            listener.close();
            throw e;
        }
        var out = new StandIn(setup, listener);
        out.accepting.start();
        return out;
    }

    @Override
    public Path apiSocket() {
        return setup.jail.outside(setup.apiSocket);
    }

    @Override
    public Jail jail() {
        return setup.jail;
    }

    @Override
    public CompletableFuture<Integer> exit() {
        return exit.copy();
    }

    @Override
    public void kill() {
        exit(137);
    }

    /// Failures of the test's own code inside the guest.
    public List<Throwable> guestFailures() {
        return guestThreads.failures();
    }

    private void accept() {
        try {
            while (true) {
                var connection = listener.accept();
                synchronized (connections) {
                    connections.add(connection);
                }
                threads.start("api connection", connection, () -> serve(connection));
            }
        } catch (IOException e) {
            // the process has ended
        }
    }

    private void serve(SocketChannel connection) throws IOException {
        var input = new HttpInput(Releases.atLeast(setup.version, "1.16.0"));
        try (connection) {
            for (var events = input.read(connection); !events.isEmpty(); events = input.read(connection)) {
                for (var event : events) {
                    answer(connection, event);
                }
            }
        } finally {
            synchronized (connections) {
                connections.remove(connection);
            }
        }
    }

    private void answer(SocketChannel connection, HttpInput.Event event) throws IOException {
        switch (event) {
            case HttpInput.Event.Refused(var reply) -> write(connection, reply);
            case HttpInput.Event.Parsed(var request) -> answer(connection, request);
        }
    }

    /// Answers first; what the answer announces comes a moment later.
    private void answer(SocketChannel connection, HttpRequest request) throws IOException {
        try {
            var call = routes.call(request);
            write(connection, vmm.answer(call));
            if (call.kind() == Call.Kind.CTRL_ALT_DEL) {
                devices.ctrlAltDel();
            }
        } catch (FaultException e) {
            write(connection, HttpReply.fault(e.message()));
            if (e.isFatal()) {
                exit(1);
            }
        }
    }

    private static void write(SocketChannel connection, HttpReply reply) throws IOException {
        var bytes = reply.bytes();
        while (bytes.hasRemaining()) {
            connection.write(bytes);
        }
    }

    private void exit(int status) {
        if (!ending.compareAndSet(false, true)) {
            return;
        }
        try {
            listener.close();
            accepting.join(); // a listener is closed for good once no thread is in accept
            devices.close();
            synchronized (connections) {
                for (var connection : connections) {
                    connection.close();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            exit.complete(status);
            guestThreads.close();
            threads.close();
        }
    }

    @Override
    public void close() {
        kill();
    }
}
