package dev.mvm.hostd.machine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.service.ConnectionPool;
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

    private final ConnectionPool pool;

    Launcher(ConnectionPool pool) {
        this.pool = pool;
    }

    /// A process that waits for the word to become the VM. Closing it before [#go] ends it; closing it afterwards
    /// does not matter to it.
    ///
    /// @param pidfd of the process; the owner of the VM keeps this
    /// @param io the VM's directory, for [dev.mvm.linux.fd.Directory#of]; closed with this
    /// @param tun `/dev/net/tun`, opened in the VM's network namespace; closed with this
    /// @param route an rtnetlink socket of that namespace; closed with this
    /// @param cgroup relative to the cgroup mount, or `-` without one
    record Launched(PacketSocket connection, Pidfd pidfd, Fd io, Fd tun, Fd route, String cgroup)
            implements AutoCloseable {
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
            tun.close();
            route.close();
        }
    }

    /// Asks for what `request` says.
    ///
    /// @param descriptors in the request's order; they stay their owner's
    @MustBeClosed
    Launched launch(LaunchRequest request, List<Fd> descriptors) throws StepException {
        try (var fd = pool.take();
                var packet = exchange(fd, request.encode(), descriptors)) {
            var ready = ready(packet);
            var given = packet.descriptors();
            var pidfd = Pidfd.own(given.getFirst());
            var rest = given.stream().skip(1).map(Fd::move).toList();
            return new Launched(
                    PacketSocket.own(fd.fd().move()), pidfd, rest.get(0), rest.get(1), rest.get(2), ready.cgroup());
        } catch (ErrnoException e) {
            throw new StepException("launch", e);
        }
    }

    /// Kills a microVM by its process, with everything in its cgroup; fine if it has ended. The launcher then waits
    /// again.
    ///
    /// @throws StepException also if the process is no microVM's
    void end(Pidfd process) throws StepException {
        try (var connection = pool.take();
                var packet = exchange(connection, LaunchRequest.end(), List.of(process.fd()))) {
            if (!(LaunchReply.parse(packet.bytes()) instanceof LaunchReply.Ended)) {
                throw unexpected(packet);
            }
        } catch (ErrnoException e) {
            throw new StepException("kill", e);
        }
    }

    @MustBeClosed
    private static Packet exchange(PacketSocket connection, byte[] request, List<Fd> descriptors)
            throws ErrnoException, StepException {
        connection.send(request, descriptors, Deadline.in(PATIENCE));
        return connection
                .receive(LaunchReply.MAX_BYTES, LaunchReply.DESCRIPTORS, Deadline.in(PATIENCE))
                .orElseThrow(() -> new StepException("launch", "the launcher closed the connection without a reply"));
    }

    private static LaunchReply.Ready ready(Packet answer) throws StepException {
        if (LaunchReply.parse(answer.bytes()) instanceof LaunchReply.Ready ready
                && answer.descriptors().size() == LaunchReply.DESCRIPTORS) {
            return ready;
        }
        throw unexpected(answer);
    }

    private static StepException unexpected(Packet answer) {
        return LaunchReply.parse(answer.bytes()) instanceof LaunchReply.Refused(var code, var errno)
                ? new StepException("launch_" + code, errno, "the launcher refused")
                : new StepException(
                        "launch", "unexpected reply of the launcher: " + new String(answer.bytes(), US_ASCII));
    }
}
