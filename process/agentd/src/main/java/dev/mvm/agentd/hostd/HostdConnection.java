package dev.mvm.agentd.hostd;

import dev.mvm.protocol.guest.exec.ExecFrame;
import dev.mvm.protocol.guest.exec.ExecLine;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostRequest;
import dev.mvm.protocol.hostd.HostdFrames;
import dev.mvm.protocol.hostd.client.OperationWriter;
import dev.mvm.protocol.hostd.client.ReplyReader;
import dev.mvm.protocol.hostd.client.StreamFrame;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Optional;

/// One connection to hostd. One caller uses it at a time; a program's connection has one reader and several
/// writers.
final class HostdConnection implements ExecLine {
    private final SocketChannel channel;
    private final HostdFrames frames;
    private final OperationWriter operations = new OperationWriter();
    private Optional<HostReply> answer = Optional.empty();

    private HostdConnection(SocketChannel channel) {
        this.channel = channel;
        this.frames = new HostdFrames(channel::read, ByteBuffer::allocateDirect);
    }

    static HostdConnection open(Path socket) throws IOException {
        return new HostdConnection(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    }

    HostReply call(HostRequest request) throws IOException {
        write(operations.encode(request));
        return ReplyReader.reply(next());
    }

    /// Asks for a program or for a console. The frames that follow are another process's, but for a reply of hostd's,
    /// after which there are no more.
    ///
    /// @throws IOException if the request cannot be sent; the connection is closed then
    void begin(HostOperation.HandOver operation) throws IOException {
        try {
            write(operations.encode(operation));
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /// hostd's own reply, after which no frame of the guest follows; empty before.
    synchronized Optional<HostReply> answer() {
        return answer;
    }

    @Override
    public Optional<ExecFrame> receive() throws IOException {
        var next = next();
        if (ReplyReader.isOfAStream(next)) {
            var frame = StreamFrame.read(next);
            return Optional.of(new ExecFrame(frame.type(), frame.payload()));
        }
        var reply = ReplyReader.reply(next);
        synchronized (this) {
            answer = Optional.of(reply);
        }
        return Optional.empty();
    }

    @Override
    public synchronized void send(ExecFrame frame) throws IOException {
        write(operations.encode(new StreamFrame(frame.type(), frame.payload())));
    }

    private ByteBuffer next() throws IOException {
        var frame = frames.next();
        if (frame.isEmpty()) {
            throw new EOFException("hostd has closed the connection");
        }
        return frame.get();
    }

    private void write(ByteBuffer frame) throws IOException {
        while (frame.hasRemaining()) {
            channel.write(frame);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // close(2) of a socket loses nothing: every answer was read before
        }
    }
}
