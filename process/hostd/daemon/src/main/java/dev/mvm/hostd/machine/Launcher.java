package dev.mvm.hostd.machine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.linux.socket.Packet;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.protocol.launch.LaunchReply;
import dev.mvm.protocol.launch.LaunchRequest;
import java.time.Duration;
import java.util.List;

/// Asks for a VM's process. Connecting makes the service manager start a launcher; what that becomes is no child of
/// hostd.
final class Launcher {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final LaunchPool pool;

    Launcher(LaunchPool pool) {
        this.pool = pool;
    }

    /// A process that waits for the word to become the VM. Closing it before [#go] ends it; closing it afterwards
    /// does not matter to it.
    ///
    /// @param pidfd of the process; the owner of the VM keeps this
    /// @param io the VM's directory, for [dev.mvm.linux.fd.Directory#of]; closed with this
    /// @param cgroup relative to the cgroup mount, or `-` without one
    record Launched(PacketSocket connection, Pidfd pidfd, Fd io, String cgroup) implements AutoCloseable {
        void go() throws StepException {
            try {
                connection.send(LaunchReply.go(), List.of(), Deadline.in(PATIENCE));
            } catch (ErrnoException e) {
                throw new StepException("launch", e.errno(), "the launcher has exited: " + e.getMessage());
            }
        }

        @Override
        public void close() {
            connection.close();
            io.close();
        }
    }

    /// Asks for what `request` says.
    ///
    /// @param descriptors in the request's order; they stay their owner's
    @MustBeClosed
    Launched launch(LaunchRequest request, List<Fd> descriptors) throws StepException {
        try (var fd = pool.take();
                var packet = exchange(fd, request, descriptors)) {
            var ready = ready(packet);
            var pidfd = Pidfd.own(packet.descriptors().getFirst());
            var io = packet.descriptors().getLast().move();
            return new Launched(PacketSocket.own(fd.fd().move()), pidfd, io, ready.cgroup());
        } catch (ErrnoException e) {
            throw new StepException("launch", e);
        }
    }

    @MustBeClosed
    private static Packet exchange(PacketSocket connection, LaunchRequest request, List<Fd> descriptors)
            throws ErrnoException, StepException {
        connection.send(request.encode(), descriptors, Deadline.in(PATIENCE));
        return connection
                .receive(LaunchReply.MAX_BYTES, LaunchReply.DESCRIPTORS, Deadline.in(PATIENCE))
                .orElseThrow(() -> new StepException("launch", "the launcher closed the connection without a reply"));
    }

    private static LaunchReply.Ready ready(Packet answer) throws StepException {
        return switch (LaunchReply.parse(answer.bytes())) {
            case LaunchReply.Ready ready when answer.descriptors().size() == LaunchReply.DESCRIPTORS -> ready;
            case LaunchReply.Refused(var code, var errno) ->
                throw new StepException("launch_" + code, errno, "the launcher refused");
            case LaunchReply.Ready _, LaunchReply.Malformed _ ->
                throw new StepException(
                        "launch", "unexpected reply of the launcher: " + new String(answer.bytes(), US_ASCII));
        };
    }
}
