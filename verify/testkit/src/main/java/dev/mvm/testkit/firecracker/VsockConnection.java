package dev.mvm.testkit.firecracker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;

/// One vsock connection. What comes from the host waits in an inbox until the guest may have it. After a reset the
/// host's side stays open and silent until the host writes, and is closed then.
final class VsockConnection implements Channel {
    private static final int INBOX_MAX = 1 << 18;

    private final SocketChannel host;
    private final VsockGate gate;

    // all under the gate's lock
    private final ArrayDeque<ByteBuffer> inbox = new ArrayDeque<>();
    private int waiting;
    private boolean hostClosed;
    private boolean wasReset;

    /// @param early what came together with the request
    VsockConnection(SocketChannel host, ByteBuffer early, VsockGate gate) {
        this.host = host;
        this.gate = gate;
        if (early.hasRemaining()) {
            put(early);
        }
        gate.add(this);
    }

    private void put(ByteBuffer piece) {
        waiting += piece.remaining();
        inbox.add(piece);
    }

    /// Carries what the host writes into the inbox, until there is no more.
    void pump() throws IOException, InterruptedException {
        boolean open = true;
        while (open) {
            var piece = ByteBuffer.allocate(16_384);
            int n = host.read(piece);
            open = gate.when(() -> wasReset || waiting < INBOX_MAX, () -> {
                if (n < 0) {
                    hostClosed = true;
                } else {
                    put(piece.flip());
                }
                if (wasReset) {
                    host.close();
                }
                return n >= 0 && !wasReset;
            });
        }
    }

    @Override
    public int read(ByteBuffer into) throws IOException, InterruptedException {
        return gate.when(() -> wasReset || (gate.delivers() && (hostClosed || !inbox.isEmpty())), () -> take(into));
    }

    private int take(ByteBuffer into) throws IOException {
        checkReset();
        var piece = inbox.peek();
        if (piece == null) {
            return -1;
        }
        int n = Math.min(piece.remaining(), into.remaining());
        into.put(piece.slice().limit(n));
        piece.position(piece.position() + n);
        waiting -= n;
        if (!piece.hasRemaining()) {
            inbox.remove();
        }
        return n;
    }

    @Override
    public void write(ByteBuffer from) throws IOException, InterruptedException {
        while (from.hasRemaining()) {
            gate.when(() -> wasReset || gate.isRunning(), this::checkReset);
            host.write(from);
        }
    }

    /// Waits until the guest has its answer to a request for this connection.
    void awaitAnswer() throws IOException, InterruptedException {
        gate.when(() -> wasReset || gate.delivers(), this::checkReset);
    }

    private boolean checkReset() throws IOException {
        if (wasReset) {
            throw new IOException("connection reset");
        }
        return true;
    }

    /// Under the gate's lock.
    void reset() {
        wasReset = true;
    }

    @Override
    public void close() {
        gate.remove(this);
        gate.change(() -> {
            if (!wasReset) {
                closeHost();
            }
        });
    }

    private void closeHost() {
        try {
            host.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
