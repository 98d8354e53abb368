package dev.mvm.hostd.qemu;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.engine.StateTransfer;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.protocol.qmp.Migration;
import dev.mvm.protocol.qmp.MigrationCapability;
import dev.mvm.protocol.qmp.QmpClient;
import dev.mvm.protocol.qmp.QmpCommand;
import dev.mvm.protocol.qmp.StateChannel;
import dev.mvm.protocol.sealer.TransferMode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// QEMU's migration stream, with all of a VM: devices and memory. It goes through a socket in the VM's directory, to
/// which QEMU connects in one direction, and on which QEMU listens in the other.
final class StreamTransfer implements StateTransfer {
    private static final String SOCKET = "state";
    private static final StateChannel CHANNEL = new StateChannel.Socket("/io/" + SOCKET);
    private static final int ANYONE = 0777; // in a directory that has one user
    private static final Duration WHOLE = Duration.ofMinutes(30);
    private static final QmpCommand.SetParameters UNBOUNDED = new QmpCommand.SetParameters(1L << 40, 2_000_000);

    private final Directory io;
    private final Fd stream;

    private StreamTransfer(Directory io, Fd stream) {
        this.io = io;
        this.stream = stream;
    }

    /// Has QEMU write the stream.
    @MustBeClosed
    static StreamTransfer out(Directory io) throws StepException {
        try {
            io.remove(SOCKET);
            try (var listener = UnixListener.streams(io, SOCKET, ANYONE);
                    var never = new WakeUp()) {
                prepare(io);
                var _ = QemuEngine.call(io, new QmpCommand.Migrate(CHANNEL));
                Poll.await(listener.fd(), Poll.Event.READABLE, Deadline.in(QemuEngine.PATIENCE));
                return new StreamTransfer(io, listener.accept(never).orElseThrow());
            } finally {
                io.remove(SOCKET);
            }
        } catch (ErrnoException e) {
            throw new StepException("vmm_state", e);
        }
    }

    /// Has QEMU read the stream.
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the transfer owns the connection's descriptor
    static StreamTransfer in(Directory io) throws StepException {
        prepare(io);
        var _ = QemuEngine.call(io, new QmpCommand.MigrateIncoming(CHANNEL));
        try (var connection = UnixStream.connect(io, SOCKET, Deadline.in(QemuEngine.PATIENCE))) {
            return new StreamTransfer(io, connection.fd().move());
        } catch (ErrnoException e) {
            throw new StepException("vmm_state", e);
        }
    }

    private static void prepare(Directory io) throws StepException {
        var _ = QemuEngine.call(io, new QmpCommand.SetCapabilities(Set.of(MigrationCapability.EVENTS)));
        var _ = QemuEngine.call(io, UNBOUNDED);
    }

    @Override
    public TransferMode way() {
        return TransferMode.STREAM;
    }

    @Override
    public List<Fd> descriptors() {
        return List.of(stream);
    }

    /// Closes hostd's copy, so that the sealer sees the end of the stream.
    @Override
    public void handed(Fd sealer) {
        stream.close();
    }

    @Override
    public void returned(Fd descriptor) {
        descriptor.close(); // nothing was lent
    }

    @Override
    public void finish() throws StepException {
        long deadline = System.nanoTime() + WHOLE.toNanos();
        try (var connection = VmmSocket.connect(io, QemuEngine.MONITOR, deadline);
                var client = new QmpClient(new QemuEngine.Monitor(connection), _ -> {})) {
            var _ = QemuEngine.value("qmp_capabilities", client.negotiate(QemuEngine.PATIENCE));
            var now = progress(client);
            while (!now.status().isFinal() && System.nanoTime() < deadline) {
                var _ = client.listen(QemuEngine.PATIENCE); // each stage is an event; without one it is asked again
                now = progress(client);
            }
            if (now.status() != Migration.Status.COMPLETED) {
                throw new StepException("vmm_state", now.status() + ": " + now.error());
            }
        } catch (IOException e) {
            throw new StepException("vmm_state", String.valueOf(e.getMessage()));
        }
    }

    private static Migration progress(QmpClient client) throws StepException {
        var query = new QmpCommand.QueryMigrate();
        return QemuEngine.value(query.name(), client.call(query, QemuEngine.PATIENCE));
    }

    @Override
    public void close() {
        stream.close();
    }
}
