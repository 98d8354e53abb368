package dev.mvm.hostd.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.netdev.InterfaceName;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.linux.nftables.Nftables;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceId;
import dev.mvm.model.Ipv4;
import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Floor;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Two tenants on one node, tested by packets. What must not arrive is sent before something that does: when the
/// second has been received, the first would have been.
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown()
final class LinuxNetworksTest {
    private static final TenantId RIVAL = new TenantId("rival");
    private static final TenantNet A = Ceremony.network(0);
    private static final TenantNet B = Ceremony.network(1);
    private static final Slot A3 = new Slot(new NetId(0), 3);
    private static final Slot A4 = new Slot(new NetId(0), 4);
    private static final Slot B3 = new Slot(new NetId(1), 3);
    private static final Slot B4 = new Slot(new NetId(1), 4);

    private final Ceremony ceremony = new Ceremony();
    private Netlink netlink;
    private Nftables nftables;
    private LinuxNetworks networks;

    @BeforeEach
    void setUp() throws Exception {
        netlink = new Netlink();
        nftables = new Nftables();
        networks = new LinuxNetworks(netlink, nftables);
        var state = twoTenants();
        networks.setUp(state, new NetId(0));
        networks.setUp(state, new NetId(1));
    }

    @AfterEach
    void tearDown() throws Exception {
        for (var link : netlink.links()) {
            if (link.kind().equals("bridge") || link.kind().equals("tun")) {
                netlink.delete(link.index());
            }
        }
        nftables.apply("{\"nftables\":[{\"flush\":{\"ruleset\":null}}]}");
        networks.close();
    }

    private InstalledState twoTenants() throws Exception {
        var demo = ceremony.verified(Ceremony.grant(Ceremony.DEMO, 0));
        var rival = ceremony.verified(Ceremony.grant(RIVAL, 1));
        var base = Ceremony.state(demo, Counts.NONE);
        var other = Ceremony.state(rival, Counts.NONE);
        var both = new NodeState(
                Ceremony.NODE,
                1,
                Optional.empty(),
                base.issuedAt(),
                base.expires(),
                List.of(demo.digest(), rival.digest()),
                List.of(base.tenants().getFirst(), other.tenants().getFirst()));
        return ceremony.verifier.newState(
                ceremony.signed(both), ceremony.context(Floor.NONE, Ceremony.NOW, demo, rival));
    }

    private Guest guest(int number, TenantNet network, Slot slot) throws Exception {
        networks.adopt(InstanceId.of(number), network, slot);
        return Guest.plugIn(netlink, network, slot);
    }

    @Test
    void withinATenant_guestsReachEachOther() throws Exception {
        try (var a3 = guest(1, A, A3);
                var a4 = guest(2, A, A4)) {
            a3.send("hello", A.address(A4));
            assertThat(a4.receive()).isEqualTo("hello");
            a4.send("hello yourself", A.address(A3));
            assertThat(a3.receive()).isEqualTo("hello yourself");
        }
    }

    @Test
    @Tag("claim-N1")
    void acrossTenants_nothingArrives_andWithoutTheRulesItWould() throws Exception {
        try (var a3 = guest(1, A, A3);
                var b3 = guest(2, B, B3);
                var b4 = guest(3, B, B4)) {
            a3.send("from another tenant", B.address(B3));
            b4.send("from a neighbour", B.address(B3));
            assertThat(b3.receive()).isEqualTo("from a neighbour");
            assertThat(dropped("forward")).isPositive();
            b3.send("and back", A.address(A3));
            nftables.apply("{\"nftables\":[{\"delete\":{\"table\":{\"family\":\"inet\",\"name\":\"mvm\"}}}]}");
            a3.send("without rules", B.address(B3));
            assertThat(b3.receive()).isEqualTo("without rules");
            b3.send("the way back is open too", A.address(A3));
            assertThat(a3.receive()).isEqualTo("the way back is open too");
        }
    }

    /// How many packets the rules with a drop verdict of a chain have counted.
    private long dropped(String chain) throws Exception {
        long sum = 0;
        for (var line : nftables.ruleset().split("(?=\\{\"rule\")", -1)) {
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
        try (var a3 = guest(1, A, A3);
                var node = new java.net.DatagramSocket(
                        new java.net.InetSocketAddress(Guest.inet(A.gateway()), Guest.PORT))) {
            a3.send("to the node", A.gateway());
            assertThat(dropped("input")).isPositive();
            ping(a3, A.gateway());
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
        try (var a3 = guest(1, A, A3);
                var a4 = guest(2, A, A4)) {
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
        try (var a3 = guest(1, A, A3);
                var a4 = guest(2, A, A4)) {
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
        networks.setUp(twoTenants(), new NetId(0));
        assertThat(netlink.addresses().stream().filter(a -> a.index() == bridge.index()))
                .containsExactly(new dev.mvm.linux.netlink.InterfaceAddress(
                        bridge.index(), A.gateway().bits(), 24));
        assertThat(networks.up()).containsExactlyInAnyOrder(new NetId(0), new NetId(1));
    }

    @Test
    void networkThatTheStateNoLongerHas_isNotUpAnyMore() throws Exception {
        var demo = ceremony.verified(Ceremony.grant(Ceremony.DEMO, 0));
        var alone = ceremony.verifier.newState(
                ceremony.signed(Ceremony.state(demo, Counts.NONE)), ceremony.context(Floor.NONE, Ceremony.NOW, demo));
        networks.stateChanged(alone);
        assertThat(networks.up()).containsExactly(new NetId(0));
    }

    @Test
    void tap_isMadeForItsUserAndRemovedAgain() throws Exception {
        var id = new InstanceId("i-00000001");
        try (var _ = networks.connect(id, A, A3, 0)) {
            var tap = netlink.link(new InterfaceName("tn0i3")).orElseThrow();
            assertThat(tap.kind()).isEqualTo("tun");
            assertThat(tap.master())
                    .isEqualTo(netlink.link(new InterfaceName("br-tenant-0"))
                            .orElseThrow()
                            .index());
        }
        // a leftover of a VM that has ended is replaced
        try (var _ = networks.connect(id, A, A3, 0)) {
            assertThat(netlink.link(new InterfaceName("tn0i3"))).isPresent();
        }
        networks.disconnect(id, A3);
        assertThat(netlink.link(new InterfaceName("tn0i3"))).isEmpty();
        networks.disconnect(id, A3);
    }
}
