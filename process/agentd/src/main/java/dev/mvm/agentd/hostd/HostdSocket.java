package dev.mvm.agentd.hostd;

import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.exec.ExecRefusal;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.ExecStart;
import dev.mvm.protocol.guest.exec.ExecStream;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostRequest;
import dev.mvm.protocol.hostd.Label;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/// hostd over its socket. Idle connections are kept for the next call. When one is found broken, all are closed:
/// they led to the same hostd.
public final class HostdSocket implements Hostd, AutoCloseable {
    private static final int IDLE = 8;

    /// Time that a guest has to answer a request for a program, and its guestd one for a console.
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String UNREACHABLE = "guest_unreachable";

    private final Path socket;
    private final BlockingQueue<HostdConnection> idle = new ArrayBlockingQueue<>(IDLE);

    public HostdSocket(Path socket) {
        this.socket = socket;
    }

    @Override
    public HostReply call(HostOperation operation) throws IOException {
        return call(HostRequest.unplanned(operation));
    }

    @Override
    public Hostd under(Digest plan) {
        return new Planned(this, plan);
    }

    /// The same socket, for the operations of one plan.
    private record Planned(HostdSocket socket, Digest plan) implements Hostd {
        @Override
        public HostReply call(HostOperation operation) throws IOException {
            return socket.call(new HostRequest(operation, Optional.of(plan)));
        }

        @Override
        public Hostd under(Digest other) {
            return socket.under(other);
        }

        @Override
        public Logs logs(InstanceId instance, boolean follow) throws IOException, InterruptedException {
            return socket.logs(instance, follow);
        }

        @Override
        public Exec exec(InstanceId instance, ExecRequest request) throws IOException, InterruptedException {
            return socket.exec(instance, request);
        }
    }

    private HostReply call(HostRequest request) throws IOException {
        var connection = Optional.ofNullable(idle.poll());
        var used = connection.isPresent() ? connection.get() : HostdConnection.open(socket);
        HostReply reply;
        try {
            reply = used.call(request);
        } catch (IOException e) {
            used.close();
            dropIdle();
            throw e;
        }
        if (!idle.offer(used)) {
            used.close();
        }
        return reply;
    }

    /// Closes the idle connections.
    private void dropIdle() {
        for (var other = idle.poll(); other != null; other = idle.poll()) {
            other.close();
        }
    }

    @Override
    public Exec exec(InstanceId instance, ExecRequest request) throws IOException, InterruptedException {
        var connection = HostdConnection.open(socket);
        connection.begin(new HostOperation.GuestExec(instance, ExecStream.opening(request)));
        return switch (ExecStream.begin(connection, request, PATIENCE)) {
            case ExecStart.Started(var _, var program) -> new Exec.Running(program);
            case ExecStart.Refused(var reason) -> new Exec.NotRunning(refused(word(reason)));
            case ExecStart.Unanswered() -> new Exec.NotRunning(refused(UNREACHABLE));
            case ExecStart.Lost(var _) ->
                new Exec.NotRunning(connection.answer().orElseGet(() -> refused(UNREACHABLE)));
        };
    }

    @Override
    public Logs logs(InstanceId instance, boolean follow) throws IOException, InterruptedException {
        var connection = HostdConnection.open(socket);
        connection.begin(new HostOperation.GuestLogs(instance, follow));
        var stream = HostdLogs.open(connection, PATIENCE);
        return stream.isPresent()
                ? new Logs.Opened(stream.get())
                : new Logs.NotOpened(connection.answer().orElseGet(() -> refused(UNREACHABLE)));
    }

    private static HostReply refused(String reason) {
        return new HostReply.Refused(new Label(reason));
    }

    private static String word(ExecRefusal reason) {
        return switch (reason) {
            case TOO_MANY_STREAMS, NO_RESOURCES -> "guest_busy";
            case NOT_FOUND -> "program_not_found";
            case NOT_PERMITTED, NOT_EXECUTABLE -> "program_not_executable";
        };
    }

    @Override
    public void close() {
        dropIdle();
    }
}
