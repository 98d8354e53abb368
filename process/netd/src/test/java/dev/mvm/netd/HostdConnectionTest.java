package dev.mvm.netd;

import static dev.mvm.netd.TwoTenants.A;
import static dev.mvm.netd.TwoTenants.A3;
import static dev.mvm.netd.TwoTenants.B;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenDescriptors;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.SocketPair;
import dev.mvm.model.NetId;
import dev.mvm.protocol.netd.NetdReply;
import dev.mvm.protocol.netd.NetdRequest;
import dev.mvm.protocol.netd.Parts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// hostd's connection, with the packets of a hostd and of one that was taken over.
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown()
final class HostdConnectionTest {
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final Parts parts = new Parts();
    private TwoTenants node;
    private PacketSocket hostd;
    private CompletableFuture<Void> served;

    @BeforeEach
    void setUp() throws Exception {
        node = new TwoTenants();
        var pair = SocketPair.of(SocketPair.PACKETS);
        hostd = PacketSocket.own(pair.left());
        var netd = PacketSocket.own(pair.right());
        served = CompletableFuture.runAsync(
                () -> serve(netd), task -> Thread.ofPlatform().daemon().start(task));
    }

    private void serve(PacketSocket netd) {
        try (netd) {
            new HostdConnection(netd, node.networks, log::add).serve();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void tearDown() throws Exception {
        hostd.close();
        served.handle((_, e) -> e == null).get();
        node.close();
    }

    private void send(long number, NetdRequest request, Fd... handed) throws Exception {
        for (var part : Parts.of(number, request.text())) {
            hostd.send(part, List.of(handed), Deadline.never());
        }
    }

    private Parts.Numbered reply() throws Exception {
        while (true) {
            try (var packet =
                    hostd.receive(Parts.PACKET_BYTES, 0, Deadline.never()).orElseThrow()) {
                var whole = parts.add(packet.bytes());
                if (whole.isPresent()) {
                    return whole.get();
                }
            }
        }
    }

    private NetdReply ask(NetdRequest request, Fd... handed) throws Exception {
        send(1, request, handed);
        return NetdReply.parse(reply().text());
    }

    @Test
    void microVm_isConnectedCountedAndRemoved() throws Exception {
        try (var inside = NetworkNamespace.create();
                var route = Taps.route(inside);
                var tun = Taps.tun(inside)) {
            assertThat(ask(new NetdRequest.Prepare(A3, 0), tun)).isEqualTo(new NetdReply.Done());
            assertThat(ask(new NetdRequest.Fetch(A3, 0, A.subnet(), node.all()), route))
                    .isEqualTo(new NetdReply.Done());
            assertThat(ask(new NetdRequest.Adopt(A3, 0, A.subnet(), node.all())))
                    .isEqualTo(new NetdReply.Done());
            assertThat(ask(new NetdRequest.Count(true)))
                    .isEqualTo(new NetdReply.Counted(Set.of(A.net(), B.net()), Map.of(A3, 0L), Map.of()));
            assertThat(ask(new NetdRequest.Verify(false))).isInstanceOfSatisfying(NetdReply.Found.class, found -> {
                assertThat(found.lines().substring(1).split("\n", -1))
                        .hasSizeGreaterThan(5)
                        .allMatch(line -> line.matches("good [^\t]+\t.*"));
            });
            assertThat(ask(new NetdRequest.Disconnect(A3, node.all()))).isEqualTo(new NetdReply.Done());
            assertThat(ask(new NetdRequest.Adopt(A3, 0, A.subnet(), node.all())))
                    .isEqualTo(new NetdReply.Absent());
        }
    }

    /// A VMM attaches as soon as hostd knows that it may.
    @Test
    void device_isClosedBeforeTheReply() throws Exception {
        try (var inside = NetworkNamespace.create()) {
            try (var tun = Taps.tun(inside)) {
                send(1, new NetdRequest.Prepare(A3, 0), tun);
            }
            assertThat(reply().text()).isEqualTo("done");
            inside.run(() -> Guest.attach(A3.tap()).close());
        }
    }

    @Test
    void whileAVerificationWaits_othersAreAnswered() throws Exception {
        send(1, new NetdRequest.Verify(true));
        send(2, new NetdRequest.Count(false));
        var first = reply();
        assertThat(first.number()).isEqualTo(2);
        assertThat(reply().number()).isEqualTo(1);
    }

    @Test
    void operationThatFails_isToldWithItsNumber() throws Exception {
        assertThat(ask(new NetdRequest.Up(new NetId(9), node.all())))
                .isEqualTo(new NetdReply.Failed(Errno.ENOENT, "up: ENOENT (no network 9)"));
        assertThat(log).containsExactly("up 9: up: ENOENT (no network 9)");
        assertThat(ask(new NetdRequest.Count(false))).isInstanceOf(NetdReply.Counted.class);
    }

    @Test
    void wrongDescriptors_areRefused_andClosed() throws Exception {
        var before = OpenDescriptors.now();
        try (var some = Fd.open(Path.of("/dev/null"), OpenFlag.READ_WRITE)) {
            for (var wrong :
                    List.of(new NetdRequest.Prepare(A3, 0), new NetdRequest.Fetch(A3, 0, A.subnet(), node.all()))) {
                assertThat(ask(wrong))
                        .isInstanceOfSatisfying(
                                NetdReply.Failed.class,
                                failed -> assertThat(failed.errno()).isEqualTo(Errno.EINVAL));
                assertThat(ask(wrong, some)).isInstanceOf(NetdReply.Failed.class);
            }
            assertThat(ask(new NetdRequest.Count(false), some)).isInstanceOf(NetdReply.Failed.class);
        }
        assertThat(OpenDescriptors.now()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1 last exec sh", "hello", "1 last state\nplace 7.2 0 0\n", "1 last prepare eth0 0"})
    @Tag("claim-P3")
    void otherPackets_endTheConnection(String packet) throws Exception {
        hostd.send(packet.getBytes(US_ASCII), List.of(), Deadline.never());
        assertThat(hostd.receive(Parts.PACKET_BYTES, 0, Deadline.never())).isEmpty();
        assertThatThrownBy(served::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IllegalArgumentException.class);
    }
}
