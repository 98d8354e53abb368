package dev.mvm.hostd.firecracker;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.engine.VmmStream;
import dev.mvm.linux.fd.Directory;
import dev.mvm.protocol.firecracker.Connection;
import dev.mvm.protocol.firecracker.Connector;
import java.io.IOException;
import java.nio.ByteBuffer;

/// The API socket of one Firecracker, in the directory that it shares with hostd.
record ApiConnector(Directory io) implements Connector {
    static final String SOCKET = "api.sock";

    @Override
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the connection owns the stream
    public Connection connect(long deadline) throws IOException {
        return new Api(VmmStream.connect(io, SOCKET, deadline));
    }

    private record Api(VmmStream stream) implements Connection {
        @Override
        public int read(ByteBuffer into, long deadline) throws IOException {
            return stream.read(into, deadline);
        }

        @Override
        public void write(ByteBuffer from, long deadline) throws IOException {
            stream.write(from, deadline);
        }

        @Override
        public void close() {
            stream.close();
        }
    }
}
