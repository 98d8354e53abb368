package dev.mvm.hostd.rpc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.host.Changes;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.ChannelListener;
import dev.mvm.protocol.guest.EndReason;
import dev.mvm.protocol.guest.FakeGuest;
import dev.mvm.protocol.guest.FakeProcess;
import dev.mvm.protocol.guest.GuestChannel;
import dev.mvm.protocol.guest.HookWord;
import dev.mvm.protocol.guest.MemoryTransport;
import dev.mvm.protocol.guest.TransportKind;
import dev.mvm.protocol.guest.exec.ExecFrame;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.ExecSignal;
import dev.mvm.protocol.guest.exec.FromGuest;
import dev.mvm.protocol.guest.exec.OutputStreamKind;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import dev.mvm.protocol.guest.exec.ToGuest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostdFrames;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.hostd.client.OperationWriter;
import dev.mvm.protocol.hostd.client.ReplyReader;
import dev.mvm.protocol.hostd.client.StreamFrame;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Programs' connections, with an agent on one side and a guest on the other of which either may be hostile.
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RelayTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int CREDIT = 32 * 1024;

    /// As much as an agent may grant: hostd itself grants a little when it kills.
    private static final int MUCH = (1 << 20) - 16_384;

    @TempDir
    private Path folder;

    private final HostFixture fixture = new HostFixture();
    private final FakeGuest guest = new FakeGuest();
    private final MemoryTransport.Pair ends = MemoryTransport.pair();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final BlockingQueue<String> ended = new LinkedBlockingQueue<>();
    private InstanceId instance;
    private GuestChannel channel;

    /// A program's connection as an agent has it.
    private record Agent(SocketChannel channel, HostdFrames frames) implements AutoCloseable {
        void send(ToGuest message) throws IOException {
            send(message.frame().type(), message.frame().payload());
        }

        void send(int type, Bytes payload) throws IOException {
            send(new OperationWriter().encode(new StreamFrame(type, payload)));
        }

        void send(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        FromGuest next() throws IOException {
            var frame = StreamFrame.read(frames.next().orElseThrow());
            return FromGuest.of(new ExecFrame(frame.type(), frame.payload()));
        }

        HostReply answer() throws IOException {
            return ReplyReader.reply(frames.next().orElseThrow());
        }

        /// Reads to the end of the connection.
        int drain() throws IOException {
            int bytes = 0;
            for (var next = frames.next(); next.isPresent(); next = frames.next()) {
                bytes += next.get().remaining();
            }
            return bytes;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    @BeforeEach
    @SuppressWarnings("MustBeClosedChecker") // closed after the test
    void serve() throws Exception {
        instance = fixture.running();
        guest.install("stubborn", this::stubborn);
        guest.install("waiting", this::waiting);
        var _ = guest.connect(ends.guest());
        channel = GuestChannel.open(instance, ends.host(), TransportKind.SERIAL_PORT, new Silent(), LIMIT);
        opened.add(channel);
        fixture.machines.guest = Optional.of(channel);
        var directory = Directory.open(folder);
        var listener = UnixListener.streams(directory, "s", 0600);
        var stop = new WakeUp();
        var observer = fixture.observer(new Changes());
        int uid = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        var answering = new Answering(fixture.host, observer, fixture.machines, _ -> {});
        var server = new Server(listener, new PeerCheck(uid, Optional.empty()), answering);
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
    void close() throws Exception {
        for (var part : opened.reversed()) {
            part.close();
        }
    }

    private record Silent() implements ChannelListener {
        @Override
        public void ready() {}

        @Override
        public void hook(HookWord word) {}

        @Override
        public void closed(EndReason reason) {}
    }

    /// A program that writes without end, and when it is killed has a lot that is still to be read.
    private int stubborn(FakeProcess process) throws InterruptedException {
        try {
            while (true) {
                process.out().write(new byte[8_192]);
            }
        } catch (IOException e) {
            write(process, 200_000);
        }
        ended.add("stubborn");
        return 0;
    }

    private static void write(FakeProcess process, int bytes) {
        try {
            process.out().write(new byte[bytes]);
        } catch (IOException e) {
            throw new AssertionError("killed twice", e);
        }
    }

    private int waiting(FakeProcess process) throws InterruptedException {
        try {
            process.awaitSignal();
            return 0;
        } finally {
            ended.add("waiting");
        }
    }

    private void awaitEnd(String program) throws InterruptedException {
        assertThat(ended.poll(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(program);
    }

    private Agent exec(int credit, String... argv) throws IOException {
        var words =
                Arrays.stream(argv).map(word -> Bytes.of(word.getBytes(UTF_8))).toList();
        var request = new ExecRequest(words, List.of(), Bytes.EMPTY, Optional.empty(), true);
        return exec(new ToGuest.Exec(credit, request).frame().payload());
    }

    private Agent exec(Bytes payload) throws IOException {
        var socket = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("s")));
        var agent = new Agent(socket, new HostdFrames(socket::read, ByteBuffer::allocateDirect));
        agent.send(new OperationWriter().encode(new HostOperation.GuestExec(instance, payload)));
        return agent;
    }

    private void assertEchoes() throws Exception {
        try (var agent = exec(CREDIT, "echo", "hello")) {
            assertThat(agent.next()).isInstanceOf(FromGuest.Started.class);
            assertThat(agent.next())
                    .isEqualTo(new FromGuest.Data(OutputStreamKind.STDOUT, Bytes.of("hello\n".getBytes(UTF_8))));
            assertThat(agent.next()).isEqualTo(new FromGuest.Exit(new ProgramEnd.Exited(0)));
            assertThat(agent.drain()).isZero();
        }
        assertThat(channel.ping(LIMIT)).isTrue();
    }

    @Test
    void frames_passInBothDirections_andTheConnectionEndsWithTheProgram() throws Exception {
        assertEchoes();
        try (var agent = exec(CREDIT, "cat")) {
            assertThat(agent.next()).isInstanceOf(FromGuest.Started.class);
            agent.send(new ToGuest.Stdin(Bytes.of(new byte[] {1, 2, 3})));
            assertThat(agent.next())
                    .isEqualTo(new FromGuest.Data(OutputStreamKind.STDOUT, Bytes.of(new byte[] {1, 2, 3})));
            agent.send(new ToGuest.SendSignal(ExecSignal.TERMINATE));
            assertThat(agent.next()).isEqualTo(new FromGuest.Exit(new ProgramEnd.Killed(15)));
            assertThat(agent.drain()).isZero();
        }
    }

    /// Wherever the agent's bytes are parted on their way, hostd reads some of what is the program's.
    @Test
    void whatComesTogetherWithAnExec_reachesTheProgram() throws Exception {
        var request = new ExecRequest(
                List.of(Bytes.of("cat".getBytes(UTF_8))), List.of(), Bytes.EMPTY, Optional.empty(), true);
        var exec = new ToGuest.Exec(CREDIT, request).frame().payload();
        var before = bytes(new OperationWriter().encode(new HostOperation.GuestExec(instance, exec)));
        var input = new ToGuest.Stdin(Bytes.of(new byte[] {1, 2, 3})).frame();
        var after = bytes(new OperationWriter().encode(new StreamFrame(input.type(), input.payload())));
        var all = Arrays.copyOf(before, before.length + after.length);
        System.arraycopy(after, 0, all, before.length, after.length);
        for (int at = 1; at <= all.length; at++) {
            var socket = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("s")));
            try (var agent = new Agent(socket, new HostdFrames(socket::read, ByteBuffer::allocateDirect))) {
                agent.send(ByteBuffer.wrap(all, 0, at));
                agent.send(ByteBuffer.wrap(all, at, all.length - at));
                assertThat(agent.next()).isInstanceOf(FromGuest.Started.class);
                assertThat(agent.next())
                        .isEqualTo(new FromGuest.Data(OutputStreamKind.STDOUT, Bytes.of(new byte[] {1, 2, 3})));
                agent.send(new ToGuest.SendSignal(ExecSignal.TERMINATE));
                assertThat(agent.next()).isEqualTo(new FromGuest.Exit(new ProgramEnd.Killed(15)));
            }
        }
        assertThat(fixture.machines.execAhead).hasSize(all.length);
        assertThat(fixture.machines.execAhead.getLast()).isEqualTo(Bytes.of(after)); // in one piece
    }

    private static byte[] bytes(ByteBuffer frame) {
        var out = new byte[frame.remaining()];
        frame.get(out);
        return out;
    }

    @Test
    void whatTheGuestRefuses_isTheLastFrame() throws Exception {
        try (var agent = exec(CREDIT, "no-such-program")) {
            assertThat(agent.next()).isInstanceOf(FromGuest.Refused.class);
            assertThat(agent.drain()).isZero();
        }
    }

    @Test
    @Tag("claim-H3")
    void frameThatIsNotForAProgram_closesTheConnection_andKillsTheProgram() throws Exception {
        for (int type = 1; type < 256; type++) {
            if (type >= ToGuest.STDIN && type <= ToGuest.SIGNAL) {
                continue;
            }
            if (type > 16 && type < 0x80) {
                continue; // nothing is near them
            }
            try (var agent = exec(CREDIT, "waiting")) {
                assertThat(agent.next()).isInstanceOf(FromGuest.Started.class);
                agent.send(type, Bytes.of(new byte[8]));
                assertThat(agent.drain()).isZero();
            }
            awaitEnd("waiting");
        }
        try (var agent = exec(CREDIT, "waiting")) {
            assertThat(agent.next()).isInstanceOf(FromGuest.Started.class);
            agent.send(new OperationWriter().encode(new HostOperation.DestroyInstance(instance)));
            assertThat(agent.drain()).isZero();
        }
        awaitEnd("waiting");
        assertThat(fixture.machines.alive()).contains(instance);
        assertEchoes();
    }

    /// The guest says that a program has ended only after its last byte, for which it needs credit that nobody is left
    /// to grant.
    @Test
    @Tag("claim-G1")
    void agentThatGoesAway_leavesNoProgramAndNoPlaceTaken() throws Exception {
        for (int i = 0; i < 40; i++) {
            try (var agent = exec(CREDIT, "stubborn")) {
                assertThat(agent.next()).isInstanceOf(FromGuest.Started.class);
                assertThat(agent.next()).isInstanceOf(FromGuest.Data.class);
            }
            awaitEnd("stubborn");
        }
        assertEchoes();
    }

    /// It grants as much as the protocol has and takes nothing: the guest may then send more than hostd is ready to
    /// hold.
    @Test
    @Tag("claim-G1")
    void agentThatTakesNothing_losesItsProgram_andHoldsUpNobody() throws Exception {
        try (var idle = exec(MUCH, "stubborn")) {
            awaitEnd("stubborn");
            assertEchoes();
            assertThat(idle.drain()).isLessThan(MUCH);
        }
        assertEchoes();
    }

    @Test
    void agentThatTakesNothing_butGrantsLittle_losesNothing() throws Exception {
        guest.install("bytes", process -> {
            for (int i = 0; i < CREDIT; i++) {
                process.out().write(new byte[1]);
                process.err().write(new byte[1]);
            }
            ended.add("bytes");
            return 0;
        });
        try (var idle = exec(CREDIT, "bytes")) {
            awaitEnd("bytes");
            assertEchoes();
            assertThat(idle.next()).isInstanceOf(FromGuest.Started.class);
            for (int i = 0; i < 2 * CREDIT; i++) {
                assertThat(idle.next()).isInstanceOf(FromGuest.Data.class);
            }
            assertThat(idle.next()).isEqualTo(new FromGuest.Exit(new ProgramEnd.Exited(0)));
        }
    }

    @Test
    void guestThatIsLost_isTold() throws Exception {
        try (var agent = exec(CREDIT, "waiting")) {
            assertThat(agent.next()).isInstanceOf(FromGuest.Started.class);
            ends.guest().close();
            assertThat(agent.answer()).isEqualTo(new HostReply.Refused(new Label("guest_unreachable")));
            assertThat(agent.drain()).isZero();
        }
        try (var agent = exec(CREDIT, "waiting")) {
            assertThat(agent.answer()).isEqualTo(new HostReply.Refused(new Label("guest_unreachable")));
        }
    }

    @Test
    void seventeenthProgram_isRefused() throws Exception {
        var agents = new ArrayList<Agent>();
        for (int i = 0; i < 16; i++) {
            agents.add(exec(CREDIT, "cat"));
            assertThat(agents.getLast().next()).isInstanceOf(FromGuest.Started.class);
        }
        try (var agent = exec(CREDIT, "cat")) {
            assertThat(agent.answer()).isEqualTo(new HostReply.Refused(new Label("guest_busy")));
        }
        for (var agent : agents) {
            agent.close();
        }
    }
}
