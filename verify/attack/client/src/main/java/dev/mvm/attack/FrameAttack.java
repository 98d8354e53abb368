package dev.mvm.attack;

import dev.mvm.protocol.hostd.HostdFrames;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Random;

/// Bytes that are no operation. hostd closes the connection, and goes on with others.
final class FrameAttack {
    private static final int SEED = 20_260_601;
    private static final int ROUNDS = 500;
    private static final int LONGEST = 300;

    private final Path socket;
    private final Target target;

    FrameAttack(Path socket, Target target) {
        this.socket = socket;
        this.target = target;
    }

    void run() throws IOException {
        var before = target.observe();
        closed("a frame of 64 MiB", ByteBuffer.allocate(6).putInt(64 << 20).putShort((short) 2));
        closed(
                "a frame of a byte too many",
                ByteBuffer.allocate(6).putInt(HostdFrames.MAX + 1).putShort((short) 2));
        closed("a frame of a negative length", ByteBuffer.allocate(6).putInt(-1).putShort((short) 2));
        closed("a frame of nothing", ByteBuffer.allocate(4).putInt(0));
        closed(
                "an operation that there is not",
                ByteBuffer.allocate(6).putInt(2).putShort((short) 0x7fff));
        closed("an operation without its body", ByteBuffer.allocate(6).putInt(2).putShort((short) 6));
        var random = new Random(SEED);
        for (int i = 0; i < ROUNDS; i++) {
            var body = new byte[1 + random.nextInt(LONGEST)];
            random.nextBytes(body);
            var frame = ByteBuffer.allocate(Integer.BYTES + Short.BYTES + body.length);
            frame.putInt(Short.BYTES + body.length)
                    .putShort((short) (1 + random.nextInt(15)))
                    .put(body);
            answered(frame);
        }
        target.judge(
                "the same hostd serves on",
                target.observe().instances().size() == before.instances().size(),
                "instances have gone or come");
    }

    /// From a user that hostd does not serve: the connection ends without a word.
    static void denied(Path socket, Target target) throws IOException {
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            int read;
            try {
                read = channel.read(ByteBuffer.allocate(1));
            } catch (IOException e) {
                read = -1; // reset, as it may be
            }
            target.judge("another user", read < 0, "hostd has answered");
        } catch (IOException e) {
            target.judge("another user", true, ""); // not even connected: the socket's mode
        }
    }

    private void closed(String name, ByteBuffer bytes) throws IOException {
        target.judge(name, answer(bytes) < 0, "the connection is still open");
    }

    /// Noise may be an operation, or none: both are fine, silence is not.
    private void answered(ByteBuffer bytes) throws IOException {
        var _ = answer(bytes);
    }

    private int answer(ByteBuffer bytes) throws IOException {
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            bytes.flip();
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            return channel.read(ByteBuffer.allocate(1));
        } catch (IOException e) {
            return -1; // reset: closed with something unread
        }
    }
}
