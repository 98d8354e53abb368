package dev.mvm.netd;

import static dev.mvm.netd.TwoTenants.A;
import static dev.mvm.netd.TwoTenants.A3;
import static dev.mvm.netd.TwoTenants.A4;
import static dev.mvm.netd.TwoTenants.A5;
import static dev.mvm.netd.TwoTenants.B;
import static dev.mvm.netd.TwoTenants.B3;
import static dev.mvm.netd.TwoTenants.B4;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.linux.netdev.InterfaceSetting;
import dev.mvm.linux.netdev.Tap;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.linux.netlink.NetworkInterface;
import dev.mvm.linux.nftables.Nftables;
import dev.mvm.model.InterfaceName;
import dev.mvm.model.Ipv4;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.netd.NodeNetworks;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Two tenants on one node, tested by packets. What must not arrive is sent before something that does, by the same
/// guest: when the second has been received, the first would have been.
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown()
final class LinuxNetworksTest {
    /// Of most clouds, of Azure, of Alibaba and of Oracle.
    private static final List<String> METADATA =
            List.of("169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192");

    private TwoTenants node;
    private LinuxNetworks networks;
    private Netlink netlink;
    private Nftables nftables;
    private Map<Slot, Set<PoolFlag>> flags;

    @BeforeEach
    void setUp() throws Exception {
        begin(Optional.empty());
    }

    private void begin(Optional<InterfaceName> uplink) throws Exception {
        node = new TwoTenants(uplink);
        networks = node.networks;
        netlink = node.netlink;
        nftables = node.nftables;
        flags = node.flags;
    }

    @AfterEach
    void tearDown() throws Exception {
        node.close();
    }

    private Guest guest(TenantNet network, Slot slot) throws Exception {
        return node.guest(network, slot);
    }

    @Test
    void withinATenant_guestsReachEachOther() throws Exception {
        try (var a3 = guest(A, A3);
                var a4 = guest(A, A4)) {
            a3.send("hello", A.address(A4));
            assertThat(a4.receive()).isEqualTo("hello");
            a4.send("hello yourself", A.address(A3));
            assertThat(a3.receive()).isEqualTo("hello yourself");
        }
    }

    @Test
    void whatAGuestSends_isCountedAtItsTap() throws Exception {
        try (var a3 = guest(A, A3);
                var a4 = guest(A, A4)) {
            long before = node.networks.traffic().get(A3);
            a3.send("x".repeat(90), A.address(A4));
            assertThat(a4.receive()).hasSize(90);
            assertThat(node.networks.traffic().get(A3) - before).isBetween(90L, 10_000L);
            assertThat(node.networks.traffic()).containsOnlyKeys(A3, A4);
        }
    }

    /// An ARP request wakes an idle guest. The network of its neighbours counts it, and no other.
    @Test
    @Tag("claim-N7")
    void addressesThatAreAskedFor_areCounted_onTheirOwnNetworkAlone() throws Exception {
        try (var a3 = guest(A, A3);
                var b3 = guest(B, B3)) {
            assertThat(networks.asked()).doesNotContainKeys(A4, A5, B4);
            a3.send("is anybody there", A.address(A4));
            asked(A4);
            assertThat(networks.asked()).doesNotContainKeys(A5, B4);

            // a neighbour's address as if it were on the same cable, and a question in another's name
            b3.namespace().run(() -> {
                Guest.ip("route", "add", A.address(A5) + "/32", "dev", "eth0");
                Guest.ip("addr", "add", "10.240.1.9/24", "dev", "eth0");
                try (var liar =
                        new DatagramSocket(new java.net.InetSocketAddress(Guest.inet(Ipv4.parse("10.240.1.9")), 0))) {
                    liar.send(new DatagramPacket(new byte[1], 1, Guest.inet(B.address(B4)), Guest.PORT));
                }
            });
            b3.send("a neighbour's guest", A.address(A5));
            ping(b3, B.gateway());
            assertThat(networks.asked()).doesNotContainKeys(A5, B4);

            // new rules count anew; nothing is lost with the old ones
            long before = asked(A4);
            networks.stateChanged(node.all());
            assertThat(asked(A4)).isGreaterThanOrEqualTo(before);
            assertThat(networks.verify(false)).allMatch(finding -> finding.holds());

            // the node has a packet for it, from the world
            try (var socket = new DatagramSocket()) {
                socket.send(new DatagramPacket(new byte[1], 1, Guest.inet(A.address(A5)), Guest.PORT));
            }
            asked(A5);
        }
    }

    /// Waits until somebody has asked for it.
    private long asked(Slot slot) {
        var end = Deadline.in(Duration.ofMinutes(1));
        while (!end.isPassed()) {
            long times = networks.asked().getOrDefault(slot, 0L);
            if (times > 0) {
                return times;
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("nobody asks for " + slot);
    }

    @Test
    @Tag("claim-N1")
    void acrossTenants_nothingArrives_andWithoutTheRulesItWould() throws Exception {
        try (var a3 = guest(A, A3);
                var b3 = guest(B, B3);
                var b4 = guest(B, B4)) {
            a3.send("from another tenant", B.address(B3));
            ping(a3, A.gateway()); // what a guest sent before this has gone its way
            b4.send("from a neighbour", B.address(B3));
            assertThat(b3.receive()).isEqualTo("from a neighbour");
            assertThat(dropped("forward")).isPositive();
            b3.send("and back", A.address(A3));
            ping(b3, B.gateway());
            nftables.apply("{\"nftables\":[{\"delete\":{\"table\":{\"family\":\"inet\",\"name\":\"mvm\"}}}]}");
            a3.send("without rules", B.address(B3));
            assertThat(b3.receive()).isEqualTo("without rules");
            b3.send("the way back is open too", A.address(A3));
            assertThat(a3.receive()).isEqualTo("the way back is open too");
        }
    }

    @Test
    void vmmInANamespaceOfItsOwn_attachesByName_andItsGuestIsOnTheTenantsNetwork() throws Exception {
        try (var a3 = Guest.bootApart(networks, node.all(), A, A3);
                var a4 = guest(A, A4);
                var b3 = Guest.bootApart(networks, node.all(), B, B3);
                var b4 = guest(B, B4)) {
            a3.send("hello", A.address(A4));
            assertThat(a4.receive()).isEqualTo("hello");
            a4.send("hello yourself", A.address(A3));
            assertThat(a3.receive()).isEqualTo("hello yourself");
            a3.send("from another tenant", B.address(B3));
            ping(a3, A.gateway()); // what a guest sent before this has gone its way
            b4.send("from a neighbour", B.address(B3));
            assertThat(b3.receive()).isEqualTo("from a neighbour");
            ping(a3, A.gateway());
            networks.disconnect(node.all(), A3);
            assertThat(netlink.link(new InterfaceName("tn0i3"))).isEmpty();
        }
    }

    @Test
    void waitingTap_isAloneInItsNamespace_andGoesWithIt() throws Exception {
        try (var inside = NetworkNamespace.create()) {
            Guest.prepare(networks, A3, inside);
            assertThat(netlink.link(new InterfaceName("tn0i3"))).isEmpty();
            inside.run(() -> {
                try (var there = new Netlink()) {
                    assertThat(there.links()).extracting(NetworkInterface::name).containsExactly("lo", "tn0i3");
                    assertThat(there.links()).extracting(NetworkInterface::up).containsExactly(false, false);
                }
            });
        }
        networks.disconnect(node.all(), A3);
    }

    @Test
    @Tag("claim-N4")
    void isolatedGuests_doNotReachEachOther_butTheirGateway() throws Exception {
        var isolated = Set.of(PoolFlag.ISOLATED);
        flags.put(A3, isolated);
        flags.put(A4, isolated);
        try (var a3 = guest(A, A3);
                var a4 = guest(A, A4)) {
            a3.namespace()
                    .run(() ->
                            Guest.ip("neigh", "replace", A.address(A4).toString(), "lladdr", A4.mac(), "dev", "eth0"));
            a3.send("between isolated ones", A.address(A4));
            ping(a3, A.gateway());
            ping(a4, A.gateway());
            flags.clear();
            networks.stateChanged(node.all());
            a3.send("not isolated any more", A.address(A4));
            assertThat(a4.receive()).isEqualTo("not isolated any more");
            networks.stateChanged(new NodeNetworks(Optional.empty(), List.of(A, B), List.of())); // without its place
            assertThat(netlink.link(new InterfaceName("tn0i3")).orElseThrow().isolated())
                    .isTrue();
        }
    }

    @Test
    @Tag("claim-N5")
    void guestWithEgress_reachesTheUplinkAndGetsAnswers_andNobodyElseDoes() throws Exception {
        var uplink = new InterfaceName("up0");

        try (var world = NetworkNamespace.create()) {
            // a cable to the world, which has no route back to tenants: what it answers was masqueraded
            world.run(() -> Guest.ip(
                    "link",
                    "add",
                    "eth0",
                    "type",
                    "veth",
                    "peer",
                    "name",
                    "up0",
                    "netns",
                    Long.toString(ProcessHandle.current().pid())));
            Guest.ip("addr", "add", "192.0.2.2/24", "dev", "up0");
            Guest.ip("link", "set", "up0", "up");
            world.run(() -> {
                Guest.ip("addr", "add", "192.0.2.1/24", "dev", "eth0");
                for (var address : METADATA) {
                    Guest.ip("addr", "add", address + "/32", "dev", "eth0");
                }
                Guest.ip("link", "set", "eth0", "up");
            });
            for (var address : METADATA) {
                Guest.ip("route", "add", address + "/32", "dev", "up0");
            }
            node.close();
            begin(Optional.of(uplink));
            assertThat(networks.verify(false))
                    .filteredOn(finding -> !finding.holds())
                    .extracting(Finding::name)
                    .containsExactly("up0 forwards");
            InterfaceSetting.FORWARDING.set(uplink, 1); // as bootstrap has it done
            assertThat(Files.readAllLines(Path.of("/proc/sys/net/ipv4/ip_forward")))
                    .containsExactly("0");
            flags.put(A3, Set.of(PoolFlag.EGRESS));
            try (var a3 = guest(A, A3);
                    var a4 = guest(A, A4);
                    var server = world.call(() -> new DatagramSocket(Guest.PORT))) {
                a4.send("without egress", Ipv4.parse("192.0.2.1"));
                ping(a4, A.gateway());
                for (var address : METADATA) {
                    a3.send("metadata, please", Ipv4.parse(address));
                }
                a3.send("out", Ipv4.parse("192.0.2.1"));
                var packet = new DatagramPacket(new byte[100], 100);
                server.receive(packet);
                assertThat(new String(packet.getData(), 0, packet.getLength(), US_ASCII))
                        .isEqualTo("out");
                assertThat(packet.getAddress().getHostAddress()).isEqualTo("192.0.2.2");
                server.send(new DatagramPacket("answer".getBytes(US_ASCII), 6, packet.getSocketAddress()));
                assertThat(a3.receive()).isEqualTo("answer");

                // the world knows the way and begins by itself: nothing arrives
                world.run(() -> Guest.ip("route", "add", "10.240.0.0/24", "via", "192.0.2.2"));
                server.send(
                        new DatagramPacket("uninvited".getBytes(US_ASCII), 9, Guest.inet(A.address(A4)), Guest.PORT));
                a3.send("invited", A.address(A4));
                assertThat(a4.receive()).isEqualTo("invited");

                flags.clear();
                networks.stateChanged(node.all());
                a3.send("after egress was taken away", Ipv4.parse("192.0.2.1"));
                ping(a3, A.gateway());
                flags.put(A4, Set.of(PoolFlag.EGRESS));
                networks.stateChanged(node.all());
                a4.send("the other's turn", Ipv4.parse("192.0.2.1"));
                server.receive(packet);
                assertThat(new String(packet.getData(), 0, packet.getLength(), US_ASCII))
                        .isEqualTo("the other's turn");
            }
            Guest.ip("link", "del", "up0");
        }
    }

    @Test
    @Tag("claim-N2")
    void frameForALinkLocalGroup_teachesTheBridgeNothing() throws Exception {
        try (var a3 = guest(A, A3);
                var a4 = guest(A, A4);
                var liar = Taps.connect(networks, node.all(), A, A5, 0);
                var arena = Arena.ofConfined()) {
            a3.send("where a4 is", A.address(A4));
            assertThat(a4.receive()).isEqualTo("where a4 is");
            // to 01:80:c2:00:00:0e, from a4's address: the bridge takes it in itself, ahead of the filter
            var frame = HexFormat.of()
                    .parseHex("0".repeat(20) + "0180c200000e" + A4.mac().replace(":", "") + "88cc" + "00".repeat(50));
            var memory = arena.allocate(frame.length).copyFrom(MemorySegment.ofArray(frame));
            assertThat(liar.write(memory)).isEqualTo(frame.length);
            a3.send("still there", A.address(A4));
            assertThat(a4.receive()).isEqualTo("still there");

            Guest.ip("link", "set", "br-tenant-0", "type", "bridge", "no_linklocal_learn", "0");
            assertThat(liar.write(memory)).isEqualTo(frame.length);
            a3.send("stolen", A.address(A4));
            var read = arena.allocate(2000);
            do {
                Poll.await(liar, Poll.Event.READABLE, Deadline.in(Duration.ofMinutes(1)));
            } while (!new String(read.asSlice(0, liar.read(read)).toArray(JAVA_BYTE), ISO_8859_1).contains("stolen"));
        }
    }

    @Test
    void gateway_hasOneHardwareAddress_whateverComesAndGoes() throws Exception {
        try (var a3 = guest(A, A3)) {
            ping(a3, A.gateway());
            assertThat(netlink.link(new InterfaceName("br-tenant-0"))
                            .orElseThrow()
                            .mac())
                    .hasToString("02:fc:00:00:00:01");
        }
        assertThat(netlink.link(new InterfaceName("br-tenant-1")).orElseThrow().mac())
                .hasToString("02:fc:00:01:00:01");
    }

    @Test
    void tapOfAnotherUser_isNotAdopted() throws Exception {
        try (var _ = Taps.connect(networks, node.all(), A, A3, 0)) {
            assertThat(networks.adopt(node.all(), A, A3, 0)).isTrue();
            assertThat(networks.adopt(node.all(), A, A4, 0)).isFalse();
            assertThatThrownBy(() -> networks.adopt(node.all(), A, A3, 1)).isInstanceOf(ErrnoException.class);
        }
    }

    @Test
    void newState_removesWhatNothingHasAnyMore_andNothingElse() throws Exception {
        Tap.create(new InterfaceName("tn7i7"), 0, 0).close();
        Tap.create(new InterfaceName("tn-other"), 0, 0).close();
        var _ = netlink.createBridge(new InterfaceName("br-tenant-77"));
        var _ = netlink.createBridge(new InterfaceName("br-other"));
        try (var _ = Taps.connect(networks, node.all(), A, A3, 0)) {
            networks.stateChanged(node.all());
            assertThat(netlink.links())
                    .extracting(NetworkInterface::name)
                    .containsExactlyInAnyOrder("lo", "br-tenant-0", "br-tenant-1", "tn0i3", "tn-other", "br-other");
        }
    }

    /// Returns the number of packets that the drop rules of a chain have counted.
    private long dropped(String chain) throws Exception {
        long sum = 0;
        for (var line : nftables.apply("list ruleset").split("(?=\\{\"rule\")", -1)) {
            if (line.contains("\"chain\": \"" + chain + "\"") && line.contains("\"drop\"")) {
                var counter =
                        java.util.regex.Pattern.compile("\"packets\": (\\d+)").matcher(line);
                if (counter.find()) {
                    sum += Long.parseLong(counter.group(1));
                }
            }
        }
        return sum;
    }

    @Test
    @Tag("claim-N3")
    void guest_reachesItsGatewayByEchoAlone() throws Exception {
        try (var a3 = guest(A, A3);
                var node = new java.net.DatagramSocket(
                        new java.net.InetSocketAddress(Guest.inet(A.gateway()), Guest.PORT))) {
            a3.send("to the node", A.gateway());
            ping(a3, A.gateway());
            assertThat(dropped("input")).isPositive();
            nftables.apply("{\"nftables\":[{\"delete\":{\"table\":{\"family\":\"inet\",\"name\":\"mvm\"}}}]}");
            a3.send("without rules", A.gateway());
            var packet = new java.net.DatagramPacket(new byte[100], 100);
            node.receive(packet);
            assertThat(new String(packet.getData(), 0, packet.getLength(), java.nio.charset.StandardCharsets.US_ASCII))
                    .isEqualTo("without rules");
        }
    }

    /// An echo request of the kernel's own, over an unprivileged ICMP socket of the JDK's.
    private static void ping(Guest guest, Ipv4 address) throws IOException {
        boolean answered = guest.namespace().call(() -> Guest.inet(address).isReachable(30_000));
        assertThat(answered).isTrue();
    }

    @Test
    @Tag("claim-N2")
    void guestWithAnothersAddress_isDroppedAtItsPort() throws Exception {
        try (var a3 = guest(A, A3);
                var a4 = guest(A, A4)) {
            a3.send("honest", A.address(A4));
            assertThat(a4.receive()).isEqualTo("honest");
            a3.namespace().call(() -> {
                Guest.ip("addr", "add", "10.240.0.9/24", "dev", "eth0");
                try (var liar = new java.net.DatagramSocket(
                        new java.net.InetSocketAddress(Guest.inet(Ipv4.parse("10.240.0.9")), 0))) {
                    var bytes = "forged source".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
                    liar.send(new java.net.DatagramPacket(bytes, bytes.length, Guest.inet(A.address(A4)), Guest.PORT));
                }
                return true;
            });
            a3.send("honest again", A.address(A4));
            assertThat(a4.receive()).isEqualTo("honest again");
            assertThat(dropped("prerouting")).isPositive();
        }
    }

    @Test
    @Tag("claim-N2")
    void guestWithAnothersHardwareAddress_isDroppedAtItsPort() throws Exception {
        try (var a3 = guest(A, A3);
                var a4 = guest(A, A4)) {
            a3.namespace().call(() -> {
                Guest.ip("neigh", "replace", A.address(A4).toString(), "lladdr", A4.mac(), "dev", "eth0");
                Guest.ip("link", "set", "eth0", "address", "02:fc:00:00:00:77");
                return true;
            });
            a3.send("forged", A.address(A4));
            a3.namespace().call(() -> {
                Guest.ip("link", "set", "eth0", "address", A3.mac());
                return true;
            });
            a3.send("honest", A.address(A4));
            assertThat(a4.receive()).isEqualTo("honest");
            assertThat(dropped("prerouting")).isPositive();
        }
    }

    @Test
    void bridge_hasTheGatewayAndNothingElse() throws Exception {
        var bridge = netlink.link(new InterfaceName("br-tenant-0")).orElseThrow();
        var extra = new dev.mvm.linux.netlink.InterfaceAddress(
                bridge.index(), Ipv4.parse("10.9.9.9").bits(), 24);
        netlink.add(extra);
        networks.setUp(node.all(), new NetId(0));
        assertThat(netlink.addresses().stream().filter(a -> a.index() == bridge.index()))
                .containsExactly(new dev.mvm.linux.netlink.InterfaceAddress(
                        bridge.index(), A.gateway().bits(), 24));
        assertThat(networks.up()).containsExactlyInAnyOrder(new NetId(0), new NetId(1));
    }

    @Test
    void networkThatTheStateNoLongerHas_isNotUpAnyMore() throws Exception {
        networks.stateChanged(node.with(A));
        assertThat(networks.up()).containsExactly(new NetId(0));
    }

    @Test
    void tap_isMadeForItsUserAndRemovedAgain() throws Exception {
        try (var _ = Taps.connect(networks, node.all(), A, A3, 0)) {
            var tap = netlink.link(new InterfaceName("tn0i3")).orElseThrow();
            assertThat(tap.kind()).isEqualTo("tun");
            assertThat(tap.master())
                    .isEqualTo(netlink.link(new InterfaceName("br-tenant-0"))
                            .orElseThrow()
                            .index());
        }
        // a leftover of a VM that has ended is replaced
        try (var _ = Taps.connect(networks, node.all(), A, A3, 0)) {
            assertThat(netlink.link(new InterfaceName("tn0i3"))).isPresent();
        }
        networks.disconnect(node.all(), A3);
        assertThat(netlink.link(new InterfaceName("tn0i3"))).isEmpty();
        networks.disconnect(node.all(), A3);
    }
}
