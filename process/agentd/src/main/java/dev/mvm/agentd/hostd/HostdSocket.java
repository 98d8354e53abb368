package dev.mvm.agentd.hostd;

import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/// hostd over its socket. Connections that are idle are kept for the next call; after one is found broken, all are
/// thrown
/// away: they went to the same hostd.
public final class HostdSocket implements Hostd, AutoCloseable {
    private static final int IDLE = 8;

    private final Path socket;
    private final BlockingQueue<HostdConnection> idle = new ArrayBlockingQueue<>(IDLE);

    public HostdSocket(Path socket) {
        this.socket = socket;
    }

    @Override
    public HostReply call(HostOperation operation) throws IOException {
        var connection = Optional.ofNullable(idle.poll());
        var used = connection.isPresent() ? connection.get() : HostdConnection.open(socket);
        HostReply reply;
        try {
            reply = used.call(operation);
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

    /// Closes what is kept for later.
    private void dropIdle() {
        for (var other = idle.poll(); other != null; other = idle.poll()) {
            other.close();
        }
    }

    @Override
    public Exec exec(HostOperation.GuestExec operation) throws IOException {
        var connection = HostdConnection.open(socket);
        try {
            var reply = connection.call(operation);
            if (reply instanceof HostReply.ExecStarted) {
                return new Exec.Running(connection);
            }
            connection.close();
            return new Exec.NotRunning(reply);
        } catch (IOException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    public void close() {
        dropIdle();
    }
}
