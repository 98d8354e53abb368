package dev.mvm.node;

import dev.mvm.protocol.guest.GuestTransport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/// A transport over a socket: of QEMU's serial port, or of an agent itself.
///
/// @param socket blocking, and from now on this transport's
public record SocketTransport(SocketChannel socket) implements GuestTransport {
    @Override
    public int read(ByteBuffer into) throws IOException {
        return socket.read(into);
    }

    @Override
    public void write(ByteBuffer from) throws IOException {
        while (from.hasRemaining()) {
            var _ = socket.write(from);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // the descriptor is gone all the same, see close(2)
        }
    }
}
