package dev.mvm.netd;

import static dev.mvm.netd.TwoTenants.A;
import static dev.mvm.netd.TwoTenants.A3;
import static dev.mvm.netd.TwoTenants.B;
import static dev.mvm.netd.TwoTenants.B3;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.linux.netdev.InterfaceSetting;
import dev.mvm.linux.nftables.Nftables;
import dev.mvm.model.InterfaceName;
import dev.mvm.model.Ipv4;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Slot;
import dev.mvm.protocol.netd.Place;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The node's table of connections and the ports of its address, which all tenants share.
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown
final class ConnectionTrackingTest {
    private static final InterfaceName UPLINK = new InterfaceName("up0");
    private static final int OF_AN_INSTANCE = 1024; // as in uplink.nft
    private static final int OF_A_TENANT = 4096;
    private static final int PATIENCE_MILLIS = 30_000;
    private static final Ipv4 WORLD = Ipv4.parse("192.0.2.1");

    /// So that they do not fill the queue of the world's socket.
    private static final String WITHOUT_EMPTY_DATAGRAMS = """
            {"nftables":[{"add":{"table":{"family":"ip","name":"world"}}},
            {"add":{"chain":{"family":"ip","table":"world","name":"in","type":"filter","hook":"input","prio":0}}},
            {"add":{"rule":{"family":"ip","table":"world","chain":"in","expr":[
            {"match":{"op":"==","left":{"payload":{"protocol":"udp","field":"length"}},"right":8}},
            {"drop":null}]}}}]}""".replace("\n", "");

    private TwoTenants node;
    private NetworkNamespace world;
    private DatagramSocket server;

    @BeforeEach
    void setUp() throws Exception {
        world = NetworkNamespace.create();
        var here = Long.toString(ProcessHandle.current().pid());
        world.run(() -> {
            Guest.ip("link", "add", "eth0", "type", "veth", "peer", "name", "up0", "netns", here);
            Guest.ip("addr", "add", "192.0.2.1/24", "dev", "eth0");
            Guest.ip("link", "set", "eth0", "up");
        });
        Guest.ip("addr", "add", "192.0.2.2/24", "dev", "up0");
        Guest.ip("link", "set", "up0", "up");
        InterfaceSetting.FORWARDING.set(UPLINK, 1);
        node = new TwoTenants(Optional.of(UPLINK));
        server = world.call(() -> {
            new Nftables().apply(WITHOUT_EMPTY_DATAGRAMS);
            return new DatagramSocket(Guest.PORT);
        });
    }

    @AfterEach
    void tearDown() throws Exception {
        server.close();
        node.close();
        Guest.ip("link", "del", "up0");
        world.close();
    }

    private Fd tap(Slot slot) throws Exception {
        node.flags.put(slot, Set.of(PoolFlag.EGRESS));
        return Taps.connect(node.networks, node.all(), A, slot, 0);
    }

    /// Returns the number of connections that the node has in its table.
    private static int tracked() throws IOException {
        return Integer.parseInt(Files.readAllLines(Path.of("/proc/sys/net/netfilter/nf_conntrack_count"))
                .getFirst());
    }

    @Test
    @Tag("claim-N3")
    void echoes_areNotTracked() throws Exception {
        try (var fd = Taps.connect(node.networks, node.all(), A, A3, 0)) {
            var probe = new Probe(new Port(false, A, 0, new Place(A3, false, false, 0, 0)), fd);
            assertThat(probe.askGateway("")).isTrue();
            int before = tracked();
            var header = "4500001c" + "00000000" + "4001";
            var addresses =
                    "%08x%08x".formatted(A.address(A3).bits(), A.gateway().bits());
            var ip = header + Probe.checksum(header + addresses) + addresses;
            for (int id = 0; id < 500; id++) {
                var echo = "0800%s" + "%04x0001".formatted(id);
                send(fd, A3, ip + echo.formatted(Probe.checksum(echo.formatted(""))));
            }
            assertThat(probe.askGateway("0000")).isTrue();
            assertThat(tracked() - before).isLessThan(5);
        }
    }

    @Test
    @Tag("claim-N1")
    void guestThatOpensAllItCan_leavesTheOthersTheirs() throws Exception {
        node.flags.put(B3, Set.of(PoolFlag.EGRESS));
        try (var greedy = tap(A3);
                var other = Guest.boot(node.networks, node.all(), B, B3)) {
            assertThat(answered(other, "before")).isEqualTo("before");
            open(greedy, A3, 1, 65_535); // as many as the node's address has ports
            assertThat(answered(other, "after")).isEqualTo("after");
            assertThat(tracked()).isBetween(1000, OF_AN_INSTANCE + 5);
        }
    }

    @Test
    @Tag("claim-N1")
    void boundsOfInstanceAndTenant_holdWhateverComesAndGoes() throws Exception {
        node.flags.put(B3, Set.of(PoolFlag.EGRESS));
        try (var other = Guest.boot(node.networks, node.all(), B, B3)) {
            assertThat(answered(other, "the way is known")).isEqualTo("the way is known");
            for (int i = 3; i < 10; i++) {
                var slot = new Slot(new NetId(0), i);
                try (var tap = tap(slot)) {
                    open(tap, slot, 1024, 3000);
                    assertThat(tracked()).isLessThan(OF_AN_INSTANCE * (i - 2) + 5);
                    node.networks.stateChanged(node.all()); // with all rules made anew
                    open(tap, slot, 3000, 5000);
                    assertThat(tracked()).isLessThan(OF_AN_INSTANCE * (i - 2) + 5);
                }
            }
            assertThat(tracked()).isBetween(1000, OF_A_TENANT + 5);
            assertThat(answered(other, "still")).isEqualTo("still");
            assertThat(node.networks.verify(false)).allMatch(finding -> finding.holds());
        }
    }

    /// Opens a connection to the world with `text`, and returns what the world got and sent back.
    private String answered(Guest guest, String text) throws Exception {
        var bytes = text.getBytes(US_ASCII);
        try (var socket = guest.namespace().call(DatagramSocket::new)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            server.setSoTimeout(PATIENCE_MILLIS);
            socket.send(new DatagramPacket(bytes, bytes.length, Guest.inet(WORLD), Guest.PORT));
            var packet = new DatagramPacket(new byte[100], 100);
            server.receive(packet);
            server.send(packet);
            socket.receive(packet);
            return new String(packet.getData(), 0, packet.getLength(), US_ASCII);
        }
    }

    /// Sends an empty datagram to the world from each port.
    private void open(Fd tap, Slot slot, int from, int to) throws Exception {
        var start = "4500001c" + "00000000" + "4011";
        var addresses = "%08x%08x".formatted(A.address(slot).bits(), WORLD.bits());
        var ip = start + Probe.checksum(start + addresses) + addresses;
        for (int port = from; port < to; port++) {
            send(tap, slot, ip + "%04x".formatted(port) + "0009" + "0008" + "0000");
        }
    }

    /// Sends an IPv4 packet by the gateway.
    private static void send(Fd tap, Slot slot, String packet) throws Exception {
        var ethernet = "%012x".formatted(Wiring.mac(A).bits()) + slot.mac().replace(":", "") + "0800";
        var frame = HexFormat.of().parseHex("0".repeat(20) + ethernet + packet);
        try (var arena = Arena.ofConfined()) {
            assertThat(tap.write(arena.allocate(frame.length).copyFrom(MemorySegment.ofArray(frame))))
                    .isEqualTo(frame.length);
        }
    }
}
