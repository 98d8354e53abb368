package dev.mvm.hostd.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.host.Changes;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostdFrames;
import dev.mvm.protocol.hostd.client.OperationWriter;
import dev.mvm.protocol.hostd.client.ReplyReader;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// An agent that wants to use up hostd's memory by frames, over as many connections as it is given.
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LargeFramesTest {
    private static final int CONNECTIONS = 60;
    private static final int MEBIBYTE = 1 << 20;
    private static final InstanceId NOBODY = new InstanceId("i-99999999");

    @TempDir
    private Path folder;

    private final HostFixture fixture = new HostFixture();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeEach
    @SuppressWarnings("MustBeClosedChecker") // closed after the test
    void serve() throws Exception {
        var directory = Directory.open(folder);
        var listener = UnixListener.streams(directory, "hostd.sock", 0600);
        var stop = new WakeUp();
        var peers = new PeerCheck((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid"), Optional.empty());
        var observer = fixture.observer(new Changes());
        var server = new Server(listener, peers, new Answering(fixture.host, observer, fixture.machines, _ -> {}));
        var thread = Thread.ofPlatform().start(() -> {
            try {
                server.run(stop);
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
        });
        opened.add(() -> {
            stop.signal();
            thread.join();
            stop.close();
            listener.close();
            directory.close();
        });
    }

    @AfterEach
    void stop() throws Exception {
        for (var part : opened.reversed()) {
            part.close();
        }
    }

    private SocketChannel connect() throws IOException {
        var channel = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("hostd.sock")));
        opened.add(channel);
        return channel;
    }

    private static void send(SocketChannel channel, ByteBuffer bytes) throws IOException {
        var rest = bytes.duplicate();
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
    }

    private static HostReply reply(SocketChannel channel) throws IOException {
        return ReplyReader.reply(new HostdFrames(channel::read, ByteBuffer::allocateDirect)
                .next()
                .orElseThrow());
    }

    private static ByteBuffer frame(HostOperation operation) {
        return new OperationWriter().encode(operation);
    }

    /// No document at all, but a frame without a fault.
    private static ByteBuffer large() {
        return frame(new HostOperation.InstallGrant(Bytes.of(new byte[MEBIBYTE])));
    }

    private static ByteBuffer small() {
        return frame(new HostOperation.StartInstance(NOBODY));
    }

    private static long direct() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    private static void refused(HostReply reply) {
        assertThat(reply).isInstanceOf(HostReply.Refused.class);
    }

    @Test
    void connectionsThatHaveSentALargeFrame_keepNoMemoryForIt() throws Exception {
        var large = large();
        var first = connect();
        send(first, large);
        refused(reply(first));
        long before = direct();
        for (int i = 1; i < CONNECTIONS; i++) {
            var channel = connect();
            send(channel, large);
            refused(reply(channel));
            send(channel, small());
            refused(reply(channel));
        }
        assertThat(direct() - before).as("bytes outside the heap").isLessThan(CONNECTIONS * MEBIBYTE / 4L);
    }

    @Test
    void largeFramesAtOnce_areAnsweredOneAfterAnother() throws Exception {
        var large = large();
        var begun = new ArrayList<SocketChannel>();
        for (int i = 0; i < CONNECTIONS; i++) {
            var channel = connect();
            send(channel, large.duplicate().limit(1024));
            begun.add(channel);
        }
        var other = connect();
        send(other, small());
        refused(reply(other));
        var threads = new ArrayList<Thread>();
        var replies = new ArrayList<HostReply>();
        for (var channel : begun) {
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    send(channel, large.duplicate().position(1024));
                    var answer = reply(channel);
                    synchronized (replies) {
                        replies.add(answer);
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }));
        }
        for (var thread : threads) {
            thread.join();
        }
        assertThat(replies).hasSize(CONNECTIONS).allMatch(answer -> answer instanceof HostReply.Refused);
        send(other, frame(new HostOperation.Observe(0, 0)));
        assertThat(reply(other)).isInstanceOf(HostReply.Observed.class);
    }

    /// The turn of one that hangs up inside its frame goes to the next.
    @Test
    void largeFrameThatEndsInTheMiddle_givesItsTurnBack() throws Exception {
        var large = large();
        for (int i = 0; i < 3; i++) {
            var half = connect();
            send(half, large.duplicate().limit(MEBIBYTE / 8));
            half.close();
            var whole = connect();
            send(whole, large);
            refused(reply(whole));
        }
    }

    /// Bytes that a connection has sent beyond a request are there after its answer, also after an answer that was
    /// large.
    @Test
    void requestsInOnePacket_areAnsweredInTheirOrder() throws Exception {
        var channel = connect();
        var both = ByteBuffer.allocate(4096);
        both.put(frame(new HostOperation.Observe(0, 0))).put(small()).put(small());
        send(channel, both.flip());
        var frames = new HostdFrames(channel::read, ByteBuffer::allocateDirect);
        assertThat(ReplyReader.reply(frames.next().orElseThrow())).isInstanceOf(HostReply.Observed.class);
        refused(ReplyReader.reply(frames.next().orElseThrow()));
        refused(ReplyReader.reply(frames.next().orElseThrow()));
    }
}
