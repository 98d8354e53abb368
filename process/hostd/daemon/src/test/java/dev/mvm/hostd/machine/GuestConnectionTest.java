package dev.mvm.hostd.machine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.ServiceSocket;
import dev.mvm.hostd.engine.GuestPort;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.linux.socket.UnixSocket;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.protocol.guest.FakeGuest;
import dev.mvm.protocol.guest.GuestTransport;
import dev.mvm.protocol.guestd.GuestCall;
import dev.mvm.protocol.guestd.GuestdRequests;
import dev.mvm.protocol.guestd.SessionTransport;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sessions with guests, by guestds that are real, and with some that a guest has taken over.
@SuppressWarnings("MustBeClosedChecker") // closed after the test
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class GuestConnectionTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final NetId NET = new NetId(7);
    private static final NetId OTHER = new NetId(8);

    @TempDir
    private Path folder;

    private final Object change = new Object();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private ServiceSocket manager;
    private Guestds guestds;

    /// Port on which guests of the test call.
    private record Port(Directory directory, UnixListener listener, CountDownLatch closed) implements GuestPort {
        @Override
        public Optional<UnixStream> next(WakeUp stop) throws IOException {
            var connection = listener.accept(stop);
            return connection.isPresent() ? Optional.of(UnixStream.own(connection.get())) : Optional.empty();
        }

        @Override
        public void close() {
            listener.close();
            directory.close();
            closed.countDown();
        }
    }

    private record Socket(SocketChannel channel) implements GuestTransport {
        @Override
        public int read(ByteBuffer into) throws IOException {
            return channel.read(into);
        }

        @Override
        public void write(ByteBuffer from) throws IOException {
            while (from.hasRemaining()) {
                channel.write(from);
            }
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    @BeforeEach
    void setUp() throws Exception {
        manager = new ServiceSocket(folder, ServiceSocket.GUESTD);
        guestds = new Guestds(manager.address(), _ -> {});
    }

    @AfterEach
    void tearDown() throws Exception {
        for (var part : opened.reversed()) {
            part.close();
        }
        manager.close();
    }

    /// The VM's directory.
    @SuppressWarnings("MustBeClosedChecker") // closed by tearDown()
    private Directory directory(String instance) throws IOException {
        Files.createDirectories(folder.resolve(instance));
        var directory = Directory.open(folder.resolve(instance));
        opened.add(directory);
        return directory;
    }

    private Port port(String instance) throws IOException {
        Files.createDirectories(folder.resolve(instance));
        var directory = Directory.open(folder.resolve(instance));
        return new Port(directory, UnixListener.streams(directory, "v", 0600), new CountDownLatch(1));
    }

    private GuestConnection connection(String instance, NetId net) throws IOException {
        var tenant = guestds.join(net);
        var connection = new GuestConnection(
                new InstanceId(instance),
                directory(instance),
                port(instance),
                SessionTransport.CONNECTION,
                tenant,
                this::changed,
                _ -> {});
        opened.add(tenant::leave);
        opened.add(connection);
        connection.start();
        return connection;
    }

    private void changed() {
        synchronized (change) {
            change.notifyAll();
        }
    }

    private void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + LIMIT.toNanos();
        synchronized (change) {
            while (!condition.getAsBoolean()) {
                assertThat(end - System.nanoTime()).as("still waiting").isPositive();
                change.wait(20);
            }
        }
    }

    /// A guest that calls, and calls again whenever its session ends.
    private FakeGuest guest(String instance) throws IOException {
        var guest = new FakeGuest();
        guest.becomeReady();
        var over = new CountDownLatch(1);
        opened.add(over::countDown);
        Thread.ofVirtual().start(() -> {
            while (over.getCount() > 0) {
                try (var channel = SocketChannel.open(
                        UnixDomainSocketAddress.of(folder.resolve(instance).resolve("v")))) {
                    guest.connect(new Socket(channel)).join();
                } catch (IOException | InterruptedException e) {
                    return; // hostd does not listen again
                }
            }
        });
        return guest;
    }

    private static boolean pings(GuestConnection connection) {
        try {
            return connection.call(GuestCall.PING, LIMIT);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void guest_isReadyAndAnswers_throughItsGuestd() throws Exception {
        var connection = connection("i-00000001", NET);
        assertThat(connection.guest().connected()).isFalse();
        assertThat(pings(connection)).isFalse();
        guest("i-00000001");
        await(() -> connection.guest().ready());
        assertThat(connection.guest().connected()).isTrue();
        assertThat(pings(connection)).isTrue();
    }

    /// As when a paused guest goes on, and its old connection is found to be dead.
    @Test
    void lineThatBreaksWhileItIsAsked_isFollowedByTheNextOne_whichIsAsked() throws Exception {
        var asked = new CountDownLatch(1);
        manager.become(hostd -> {
            try (var _ = hostd.receive(64, 1, Deadline.never()).orElseThrow()) {
                hostd.send("connected 1".getBytes(US_ASCII), List.of(), Deadline.never());
                try (var call = hostd.receive(64, 0, Deadline.never()).orElseThrow()) {
                    assertThat(new String(call.bytes(), US_ASCII)).startsWith("prepare_sleep 1 2 ");
                    asked.countDown();
                    hostd.send("ended 1".getBytes(US_ASCII), List.of(), Deadline.never());
                    hostd.send("failed 2".getBytes(US_ASCII), List.of(), Deadline.never());
                }
            }
            hostd.receive(64, 1, Deadline.never()).orElseThrow().close();
            hostd.send("connected 3".getBytes(US_ASCII), List.of(), Deadline.never());
            hostd.receive(64, 0, Deadline.never()).orElseThrow().close();
            hostd.send("done 4".getBytes(US_ASCII), List.of(), Deadline.never());
            hostd.receive(64, 1, Deadline.never());
        });
        var connection = connection("i-00000001", NET);
        guest("i-00000001");
        assertThat(connection.await(GuestCall.PREPARE_SLEEP, LIMIT)).isTrue();
        assertThat(asked.getCount()).isZero();
    }

    /// A taken-over guestd has the descriptors of one tenant's guests and no others.
    @Test
    @Tag("claim-G3")
    void twoTenants_haveTwoGuestds_andOneHasOne() throws Exception {
        var first = connection("i-00000001", NET);
        var second = connection("i-00000002", NET);
        var third = connection("i-00000003", OTHER);
        for (var instance : List.of("i-00000001", "i-00000002", "i-00000003")) {
            guest(instance);
        }
        await(() ->
                first.guest().ready() && second.guest().ready() && third.guest().ready());
        assertThat(manager.started).hasSize(2);
        manager.become(hostd -> hostd.receive(64, 1, Deadline.never())); // the next ones do nothing
        manager.started.getFirst().shutdown();
        await(() -> Math.min(connected(first, second), 1) + connected(third) == 1);
        var rest = first.guest().connected() || second.guest().connected() ? List.of(first, second) : List.of(third);
        for (var connection : rest) {
            assertThat(pings(connection)).isTrue();
        }
    }

    private static int connected(GuestConnection... connections) {
        int count = 0;
        for (var connection : connections) {
            count += connection.guest().connected() ? 1 : 0;
        }
        return count;
    }

    @Test
    void guestdThatEnds_isFollowedByAnother_withTheLinesOfTheFirst() throws Exception {
        var first = connection("i-00000001", NET);
        var second = connection("i-00000002", NET);
        guest("i-00000001");
        guest("i-00000002");
        await(() -> first.guest().ready() && second.guest().ready());
        manager.started.getFirst().shutdown();
        await(() -> manager.started.size() == 2
                && first.guest().ready()
                && second.guest().ready());
        assertThat(pings(first)).isTrue();
        assertThat(pings(second)).isTrue();
    }

    @Test
    void lastLineOfATenant_leavesItsGuestd_untilEightOthersHaveNone() throws Exception {
        var ended = new CountDownLatch(1);
        manager.become(hostd -> {
            ServiceSocket.GUESTD.serve(hostd);
            ended.countDown();
        });
        var connection = connection("i-00000001", NET);
        guest("i-00000001");
        await(() -> connection.guest().ready());
        manager.become(ServiceSocket.GUESTD);
        connection.close();
        opened.remove(1).close(); // its tenant has no VM from now on
        for (int others = 1; others < 8; others++) {
            assertThat(log(new NetId(100 + others), false)).contains("no_log");
        }
        assertThat(log(NET, false)).contains("no_log"); // which makes it the youngest
        for (int others = 11; others <= 18; others++) {
            assertThat(ended.getCount()).isEqualTo(1);
            assertThat(log(new NetId(100 + others), false)).contains("no_log");
        }
        assertThat(ended.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    /// A guestd that says what it has no reason to say loses its connection, and the next one has its sessions.
    @ParameterizedTest
    @Tag("claim-G3")
    @ValueSource(
            strings = {
                "",
                "connected",
                "connected 99",
                "connected 0",
                "connected -1",
                "connected 1 ",
                "connected 01",
                "Connected 1",
                "become_root 1",
                "done 99",
                "connected 9999999999999999999",
                "exec 1\nrm",
                "open 1 i-00000002 connection"
            })
    void guestdThatSaysWhatItMustNot_isEnded(String said) throws Exception {
        var ended = new CountDownLatch(1);
        manager.become(hostd -> {
            try (var _ = hostd.receive(64, 1, Deadline.never()).orElseThrow()) {
                manager.become(ServiceSocket.GUESTD);
                hostd.send(said.isEmpty() ? new byte[1] : said.getBytes(US_ASCII), List.of(), Deadline.never());
            }
            var _ = hostd.receive(64, 1, Deadline.never());
            ended.countDown();
        });
        var connection = connection("i-00000001", NET);
        guest("i-00000001");
        assertThat(ended.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        await(() -> connection.guest().ready());
        assertThat(pings(connection)).isTrue();
    }

    @Test
    @Tag("claim-G3")
    void packetThatIsTooLong_orBringsADescriptor_endsItsGuestd() throws Exception {
        manager.become(hostd -> {
            manager.become(other -> {
                manager.become(ServiceSocket.GUESTD);
                try (var file = Fd.open(Path.of("/dev/null"))) {
                    other.send("ready 1".getBytes(US_ASCII), List.of(file), Deadline.never());
                }
                var _ = other.receive(64, 1, Deadline.never());
            });
            hostd.send(new byte[100_000], List.of(), Deadline.never());
            var _ = hostd.receive(64, 1, Deadline.never());
        });
        var connection = connection("i-00000001", NET);
        guest("i-00000001");
        await(() -> connection.guest().ready());
        assertThat(manager.started).hasSize(3);
    }

    /// It says everything about every number up to the last one that it can know, again and again.
    @Test
    @Tag("claim-G3")
    @Tag("claim-G5")
    void flood_movesNoOtherTenantsGuest() throws Exception {
        var other = connection("i-00000002", OTHER);
        guest("i-00000002");
        await(() -> other.guest().ready());
        var flooded = new CountDownLatch(1);
        manager.become(hostd -> {
            try (var _ = hostd.receive(64, 1, Deadline.never()).orElseThrow()) {
                while (true) {
                    for (var word : List.of("connected", "ready", "hook_idle", "hook_busy", "done", "failed")) {
                        hostd.send((word + " 1").getBytes(US_ASCII), List.of(), Deadline.never());
                    }
                    flooded.countDown();
                }
            }
        });
        var connection = connection("i-00000001", NET);
        guest("i-00000001");
        assertThat(flooded.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        await(() -> connection.guest().ready());
        for (int i = 0; i < 20; i++) {
            assertThat(pings(other)).isTrue();
        }
        connection.close();
        assertThat(other.guest().ready()).isTrue();
    }

    /// Until it is given up, and then the next one has the session.
    @Test
    @Tag("claim-G3")
    void guestdThatReadsNothing_isGivenUp() throws Exception {
        var given = new CountDownLatch(1);
        manager.become(hostd -> {
            hostd.send("connected 1".getBytes(US_ASCII), List.of(), Deadline.never());
            given.await();
        });
        var connection = connection("i-00000001", NET);
        guest("i-00000001");
        await(() -> connection.guest().connected());
        manager.become(ServiceSocket.GUESTD);
        try (var agent = Fd.open(Path.of("/dev/null"))) {
            boolean taken = true;
            while (taken) {
                taken = guestds.pass(NET, GuestdRequests.logs(new InstanceId("i-00000001"), true), agent);
            }
        }
        await(() -> connection.guest().ready());
        assertThat(pings(connection)).isTrue();
        given.countDown();
    }

    @Test
    @Tag("claim-G3")
    void answerToAnothersCall_isNone() throws Exception {
        manager.become(hostd -> {
            try (var _ = hostd.receive(64, 1, Deadline.never()).orElseThrow()) {
                hostd.send("connected 1".getBytes(US_ASCII), List.of(), Deadline.never());
            }
            try (var _ = hostd.receive(64, 1, Deadline.never()).orElseThrow()) {
                hostd.send("done 1".getBytes(US_ASCII), List.of(), Deadline.never());
                hostd.send("ready 2".getBytes(US_ASCII), List.of(), Deadline.never());
                hostd.send("done 2".getBytes(US_ASCII), List.of(), Deadline.never());
            }
            var _ = hostd.receive(64, 1, Deadline.never());
        });
        var connection = connection("i-00000001", NET);
        guest("i-00000001");
        await(() -> connection.guest().connected());
        assertThat(connection.call(GuestCall.PING, LIMIT)).isFalse(); // the first word about it is no answer
    }

    @Test
    void guest_isAskedToSleep_andMadeAnother() throws Exception {
        var connection = connection("i-00000001", NET);
        guest("i-00000001");
        await(() -> connection.guest().ready());
        assertThat(connection.call(GuestCall.PREPARE_SLEEP, LIMIT)).isTrue();
        assertThat(connection.await(GuestCall.REKEY, LIMIT)).isTrue();
        assertThat(pings(connection)).isTrue();
    }

    @Test
    void frozenGuest_doesNotAnswer_andIsAskedAgain() throws Exception {
        var connection = connection("i-00000001", NET);
        var guest = guest("i-00000001");
        await(() -> connection.guest().ready());
        guest.freeze();
        assertThat(connection.call(GuestCall.PING, Duration.ofMillis(50))).isFalse();
        guest.thaw();
        assertThat(pings(connection)).isTrue();
    }

    /// Also when the VM has ended, and though its guest has never called.
    @Test
    @Tag("claim-G7")
    void whatAVmPrints_isWithItsTenantsGuestd_andStaysThere() throws Exception {
        var io = directory("i-00000001");
        var pipe = folder.resolve("i-00000001/console");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        var tenant = guestds.join(NET);
        try (var vmm = Fd.open(pipe, OpenFlag.READ_WRITE);
                var arena = Arena.ofConfined();
                var connection = new GuestConnection(
                        new InstanceId("i-00000001"),
                        io,
                        port("i-00000001"),
                        SessionTransport.CONNECTION,
                        tenant,
                        () -> {},
                        _ -> {})) {
            vmm.writeAll(arena.allocateFrom(JAVA_BYTE, "hello\n".getBytes(US_ASCII)));
            connection.start();
            String text;
            do {
                text = log(NET, true); // `no_log` before guestd has been handed the console
            } while (!text.contains("hello\n"));
        }
        tenant.leave();
        assertThat(log(NET, false)).contains("hello\n");
        assertThat(log(OTHER, false)).contains("no_log");
        assertThat(manager.started).hasSize(2);
    }

    /// Each has some 50 MiB.
    @Test
    @Tag("claim-G7")
    void guestdsOfTenantsWithoutAVm_areFew() throws Exception {
        for (int net = 1; net <= 9; net++) {
            assertThat(log(new NetId(net), false)).contains("no_log");
        }
        assertThat(log(new NetId(2), false)).contains("no_log");
        assertThat(manager.started).hasSize(9);
        assertThat(log(new NetId(1), false)).contains("no_log"); // another one: the first has ended
        assertThat(manager.started).hasSize(10);
    }

    /// Bytes that an agent gets of a VM's output, up to the text that it prints or the end.
    private String log(NetId net, boolean follow) throws Exception {
        var ends = UnixSocket.pair(false);
        try (var handedOver = ends.getLast()) {
            assertThat(guestds.pass(net, GuestdRequests.logs(new InstanceId("i-00000001"), follow), handedOver))
                    .isTrue();
        }
        try (var agent = UnixStream.own(ends.getFirst());
                var arena = Arena.ofConfined()) {
            var text = new StringBuilder();
            var piece = arena.allocate(4096);
            for (int read = agent.read(piece, Deadline.in(LIMIT));
                    read > 0;
                    read = agent.read(piece, Deadline.in(LIMIT))) {
                text.append(new String(piece.asSlice(0, read).toArray(JAVA_BYTE), US_ASCII));
                if (follow && text.toString().contains("hello\n")) {
                    break;
                }
            }
            return text.toString();
        }
    }

    /// A launch that fails before its sessions begin.
    @Test
    void lineThatWasNotStarted_closesItsPort() throws Exception {
        var port = port("i-00000001");
        var connection = new GuestConnection(
                new InstanceId("i-00000001"),
                directory("i-00000001"),
                port,
                SessionTransport.CONNECTION,
                guestds.join(NET),
                () -> {},
                _ -> {});
        connection.close();
        assertThat(port.closed().getCount()).isZero();
        assertThat(manager.started).isEmpty();
    }

    @Test
    void lineWhoseGuestHasNotCalled_isClosedAtOnce() throws Exception {
        var port = port("i-00000001");
        var connection = new GuestConnection(
                new InstanceId("i-00000001"),
                directory("i-00000001"),
                port,
                SessionTransport.CONNECTION,
                guestds.join(NET),
                () -> {},
                _ -> {});
        connection.start();
        connection.close();
        assertThat(port.closed().await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void withoutAGuestd_thereAreNoGuests_andThenThereAre() throws Exception {
        Files.move(folder.resolve("service.sock"), folder.resolve("away"));
        var connection = connection("i-00000001", NET);
        guest("i-00000001");
        assertThat(connection.guest().connected()).isFalse();
        Files.move(folder.resolve("away"), folder.resolve("service.sock"));
        await(() -> connection.guest().ready());
    }
}
