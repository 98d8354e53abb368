package dev.mvm.agentd.hostd;

import dev.mvm.protocol.hostd.ExecInput;
import dev.mvm.protocol.hostd.Frames;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.client.OperationWriter;
import dev.mvm.protocol.hostd.client.ReplyReader;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/// One connection to hostd. Used by one caller at a time, but for a running program's two directions.
final class HostdConnection implements RunningProgram {
    private final SocketChannel channel;
    private final Frames frames;
    private final OperationWriter operations = new OperationWriter();

    private HostdConnection(SocketChannel channel) {
        this.channel = channel;
        this.frames = new Frames(channel::read);
    }

    static HostdConnection open(Path socket) throws IOException {
        return new HostdConnection(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    }

    HostReply call(HostOperation operation) throws IOException {
        write(operations.encode(operation));
        return receive();
    }

    @Override
    public void send(ExecInput input) throws IOException {
        write(operations.encode(input));
    }

    @Override
    public HostReply receive() throws IOException {
        var frame = frames.next();
        if (frame.isEmpty()) {
            throw new EOFException("hostd has closed the connection");
        }
        return ReplyReader.reply(frame.get());
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
            // close(2) of a socket has nothing to lose: what mattered was answered
        }
    }
}
