package dev.mvm.guestd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.PacketListener;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.guestd.GuestdRequests;
import dev.mvm.protocol.guestd.Report;
import dev.mvm.protocol.guestd.VmmCommand;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/// A guestd on a thread, and hostd's end of its connection.
final class RunningGuestd implements AutoCloseable {
    /// Longer than any step takes on a slow machine.
    static final Duration PATIENCE = Duration.ofMinutes(2);

    /// The lines that it has logged.
    final List<String> journal = new CopyOnWriteArrayList<>();

    private final PacketSocket hostd;
    private final CompletableFuture<Optional<Exception>> end = new CompletableFuture<>();
    private long last;

    /// @param folder place of its socket for a moment
    RunningGuestd(Path folder) throws IOException {
        try (var directory = Directory.open(folder);
                var listener = PacketListener.in(directory, "guestd.sock");
                var stop = new WakeUp()) {
            hostd = connect(folder);
            var guestd = PacketSocket.own(listener.accept(stop).orElseThrow());
            Thread.ofPlatform().daemon().start(() -> serve(new GuestSessions(guestd, journal::add)));
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // closed by close()
    private static PacketSocket connect(Path folder) throws IOException {
        return PacketSocket.connect(UnixAddress.at(folder.resolve("guestd.sock")), Deadline.in(PATIENCE));
    }

    private void serve(GuestSessions sessions) {
        try {
            sessions.serve();
            end.complete(Optional.empty());
        } catch (IOException | IllegalArgumentException e) {
            end.complete(Optional.of(e));
        }
    }

    /// Returns the exception with which it has ended, as a process would with a status of 1; waits for it.
    Optional<Exception> end() throws Exception {
        return end.get(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
    }

    void send(byte[] packet, List<Fd> descriptors) throws IOException {
        hostd.send(packet, descriptors, Deadline.in(PATIENCE));
    }

    /// Connects to an API, as hostd does before it hands a connection over.
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    static UnixStream api(Path socket) throws IOException {
        return UnixStream.connect(UnixAddress.at(socket), Deadline.in(PATIENCE));
    }

    /// Hands a connection over, which stays the caller's, and does not wait.
    ///
    /// @return the call's number
    long begin(UnixStream api, VmmCommand command, Duration limit, FirecrackerVersion version) throws IOException {
        send(GuestdRequests.vmm(command, ++last, limit, version), List.of(api.fd()));
        return last;
    }

    /// Returns its next report.
    Report hear() throws IOException {
        try (var packet =
                hostd.receive(Report.MAX_BYTES, 0, Deadline.in(PATIENCE)).orElseThrow()) {
            return Report.parse(packet.bytes()).orElseThrow();
        }
    }

    /// Asks a VMM over a connection of its own, as hostd does, and waits for the answer.
    Report.Word ask(Path socket, VmmCommand command, Duration limit, FirecrackerVersion version) throws IOException {
        long call;
        try (var api = api(socket)) {
            call = begin(api, command, limit, version);
        }
        var report = hear();
        assertThat(report.number()).isEqualTo(call);
        return report.word();
    }

    @Override
    public void close() throws IOException {
        hostd.shutdown();
        hostd.close();
    }
}
