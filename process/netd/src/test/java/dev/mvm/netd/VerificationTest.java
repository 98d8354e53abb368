package dev.mvm.netd;

import static dev.mvm.netd.TwoTenants.A;
import static dev.mvm.netd.TwoTenants.A3;
import static dev.mvm.netd.TwoTenants.A4;
import static dev.mvm.netd.TwoTenants.A5;
import static dev.mvm.netd.TwoTenants.B;
import static dev.mvm.netd.TwoTenants.B3;
import static dev.mvm.netd.TwoTenants.B4;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.linux.netdev.InterfaceSetting;
import dev.mvm.linux.netdev.MacAddress;
import dev.mvm.linux.netdev.Tap;
import dev.mvm.linux.netlink.InterfaceAddress;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.model.InterfaceName;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.netd.Place;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Each thing that a verification looks at is broken on purpose, and it says so.
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown
final class VerificationTest {
    private static final InterfaceName BRIDGE = new InterfaceName("br-tenant-0");
    private static final InterfaceName PORT = new InterfaceName("tn0i3");

    private TwoTenants node;
    private Guest a3;
    private Guest b3;

    @BeforeEach
    void setUp() throws Exception {
        node = new TwoTenants();
        a3 = node.guest(A, A3);
        b3 = Guest.bootApart(node.networks, node.all(), B, B3);
        assertThat(wrong(true)).isEmpty();
    }

    @AfterEach
    void tearDown() throws Exception {
        a3.close();
        b3.close();
        node.close();
    }

    private List<String> wrong(boolean deep) throws Exception {
        return node.networks.verify(deep).stream()
                .filter(finding -> !finding.holds())
                .map(Finding::name)
                .toList();
    }

    private int index(String name) throws Exception {
        return index(new InterfaceName(name));
    }

    private int index(InterfaceName name) throws Exception {
        return node.netlink.link(name).orElseThrow().index();
    }

    @Test
    void whatIsAsItMustBe_isSaidInOneLineEach() throws Exception {
        assertThat(node.networks.verify(true))
                .extracting(Finding::name)
                .doesNotHaveDuplicates()
                .contains(
                        "rules",
                        "strays",
                        "br-tenant-0",
                        "br-tenant-0 addresses",
                        "br-tenant-0 settings",
                        "br-tenant-0 ports",
                        "tn0i3",
                        "tn0i3 settings",
                        "tn1i3",
                        "br-tenant-0 probe: gateway answers",
                        "br-tenant-1 probe: other tenant is reached");
        assertThat(node.networks.verify(true))
                .allSatisfy(finding -> assertThat(finding.found()).matches("[ -~]+"));
    }

    @Test
    void probes_leaveNothingBehind() throws Exception {
        var links = node.netlink.links();
        var rules = counted(node.nftables.apply("list ruleset"));
        assertThat(wrong(true)).isEmpty();
        assertThat(node.netlink.links()).isEqualTo(links);
        assertThat(counted(node.nftables.apply("list ruleset"))).isEqualTo(rules);
    }

    private static String counted(String ruleset) {
        return ruleset.replaceAll("\"(handle|packets|bytes)\": [0-9]+", "");
    }

    @Test
    void rulesOfManyGuests_readBackWhateverTheirOrder() throws Exception {
        for (int i = 10; i < 60; i++) {
            node.flags.put(new Slot(new NetId(0), i), Set.of(PoolFlag.EGRESS));
            Taps.connect(node.networks, node.all(), A, new Slot(new NetId(0), i), 0)
                    .close();
        }
        assertThat(wrong(false)).isEmpty();
    }

    @Test
    @Tag("claim-N6")
    void ruleThatIsGone_isSeen_oneByOne() throws Exception {
        var handles = Pattern.compile(
                        "\"rule\": \\{\"family\": \"(\\w+)\", \"table\": \"mvm\", \"chain\": \"(\\w+)\", \"handle\": (\\d+)")
                .matcher(node.nftables.apply("list ruleset"))
                .results()
                .toList();
        assertThat(handles).hasSizeGreaterThan(7);
        for (int i = 0; i < handles.size(); i++) {
            var rule = Pattern.compile(
                            "\"rule\": \\{\"family\": \"(\\w+)\", \"table\": \"mvm\", \"chain\": \"(\\w+)\", \"handle\": (\\d+)")
                    .matcher(node.nftables.apply("list ruleset"))
                    .results()
                    .toList()
                    .get(i);
            node.nftables.apply(
                    "{\"nftables\":[{\"delete\":{\"rule\":{\"family\":\"%s\",\"table\":\"mvm\",\"chain\":\"%s\",\"handle\":%s}}}]}"
                            .formatted(rule.group(1), rule.group(2), rule.group(3)));
            assertThat(wrong(false)).containsExactly("rules");
            node.networks.setUp(node.all(), new NetId(0));
            assertThat(wrong(false)).isEmpty();
        }
    }

    @Test
    @Tag("claim-N6")
    void ruleTooMany_elementTooMany_tableGone_areSeen() throws Exception {
        for (var change : List.of(
                "{\"insert\":{\"rule\":{\"family\":\"inet\",\"table\":\"mvm\",\"chain\":\"forward\",\"expr\":[{\"accept\":null}]}}}",
                "{\"add\":{\"chain\":{\"family\":\"inet\",\"table\":\"mvm\",\"name\":\"more\"}}}",
                "{\"add\":{\"element\":{\"family\":\"inet\",\"table\":\"mvm\",\"name\":\"own\",\"elem\":[{\"concat\":[\"br-tenant-0\",\"br-tenant-1\"]}]}}}",
                "{\"delete\":{\"element\":{\"family\":\"bridge\",\"table\":\"mvm\",\"name\":\"sources\",\"elem\":[{\"concat\":[\"tn0i3\",\"02:fc:00:00:00:03\",\"10.240.0.3\"]}]}}}",
                "{\"delete\":{\"table\":{\"family\":\"bridge\",\"name\":\"mvm\"}}}")) {
            node.nftables.apply("{\"nftables\":[" + change + "]}");
            assertThat(wrong(false)).describedAs(change).containsExactly("rules");
            node.networks.setUp(node.all(), new NetId(0));
            assertThat(wrong(false)).isEmpty();
        }
    }

    @Test
    void difference_isOneShortLine_andTablesOfOthersAreNone() throws Exception {
        node.nftables.apply("{\"nftables\":[{\"add\":{\"table\":{\"family\":\"inet\",\"name\":\"zzz\"}}}]}");
        assertThat(wrong(false)).isEmpty();
        node.nftables.apply("{\"nftables\":[{\"delete\":{\"table\":{\"family\":\"bridge\",\"name\":\"mvm\"}}}]}");
        assertThat(node.networks.verify(false))
                .filteredOn(finding -> !finding.holds())
                .allSatisfy(finding ->
                        assertThat(finding.found()).hasSizeLessThan(100).contains(" missing, 0 too many"))
                .extracting(Finding::name)
                .containsExactly("rules");
    }

    /// The rules and bridges are those of an earlier hostd.
    @Test
    void whereNothingIsSetUpYet_nothingIsAtFault() throws Exception {
        try (var netlink = new Netlink()) {
            var later = new LinuxNetworks(netlink, node.nftables);
            assertThat(later.verify(true)).isEmpty();
            later.setUp(node.all(), new NetId(0));
            assertThat(later.verify(false))
                    .filteredOn(finding -> !finding.holds())
                    .extracting(Finding::name)
                    .contains("strays");
        }
    }

    @Test
    void bridgeThatIsChanged_isSeen() throws Exception {
        node.netlink.setUp(index(BRIDGE), false);
        assertThat(wrong(false)).containsExactly("br-tenant-0");
        node.networks.setUp(node.all(), new NetId(0));
        node.netlink.setBridge(index(BRIDGE), new MacAddress(0x02fc00000009L), 1500);
        assertThat(wrong(false)).containsExactly("br-tenant-0");
        node.netlink.setBridge(index(BRIDGE), new MacAddress(0x02fc00000001L), 1400);
        assertThat(wrong(false)).containsExactly("br-tenant-0");
        node.networks.setUp(node.all(), new NetId(0));
        node.netlink.add(new InterfaceAddress(index(BRIDGE), 0x0a090909, 24));
        assertThat(wrong(false)).containsExactly("br-tenant-0 addresses");
        node.networks.setUp(node.all(), new NetId(0));
        for (var setting :
                List.of(InterfaceSetting.DISABLE_IPV6, InterfaceSetting.RP_FILTER, InterfaceSetting.FORWARDING)) {
            setting.set(BRIDGE, 0);
            assertThat(wrong(false)).containsExactly("br-tenant-0 settings");
            node.networks.setUp(node.all(), new NetId(0));
        }
        InterfaceSetting.ROUTE_LOCALNET.set(BRIDGE, 1);
        assertThat(wrong(false)).containsExactly("br-tenant-0 settings");
        node.networks.setUp(node.all(), new NetId(0));
        assertThat(wrong(true)).isEmpty();
        node.netlink.delete(index(BRIDGE));
        assertThat(wrong(false)).contains("br-tenant-0", "br-tenant-0 addresses", "br-tenant-0 settings", "tn0i3");
    }

    @Test
    void portThatIsChanged_isSeen() throws Exception {
        int port = index(PORT);
        node.netlink.setIsolated(port, true);
        assertThat(wrong(false)).containsExactly("tn0i3");
        node.netlink.setIsolated(port, false);
        node.netlink.setMtu(port, 1400);
        assertThat(wrong(false)).contains("tn0i3");
        node.netlink.setMtu(port, 1500);
        node.netlink.setUp(port, false);
        assertThat(wrong(false)).containsExactly("tn0i3");
        node.netlink.setUp(port, true);
        for (var setting : List.of(
                InterfaceSetting.DISABLE_IPV6,
                InterfaceSetting.RP_FILTER,
                InterfaceSetting.DROP_UNICAST_IN_L2_MULTICAST)) {
            setting.set(PORT, 0);
            assertThat(wrong(false)).containsExactly("tn0i3 settings");
            setting.set(PORT, 1);
            assertThat(wrong(false)).isEmpty();
        }
        InterfaceSetting.RP_FILTER.set(PORT, 2); // as systemd does to new interfaces
        assertThat(wrong(false)).isEmpty();
        node.netlink.setMaster(port, index(new InterfaceName("br-tenant-1")));
        assertThat(wrong(false)).containsExactly("br-tenant-0 ports", "br-tenant-1 ports", "tn0i3");
        node.netlink.delete(port);
        assertThat(wrong(false)).containsExactly("br-tenant-0 ports", "tn0i3", "tn0i3 settings");
    }

    @Test
    void portOfAnotherOwner_isSeen() throws Exception {
        var ids = Files.readString(Path.of("/proc/self/uid_map"));
        assumeTrue(ids.strip().endsWith(" 4294967295"), "needs other user ids, which root alone has");
        node.netlink.delete(index(PORT));
        Tap.create(PORT, 7, 7).close();
        assertThat(wrong(false)).contains("tn0i3");
        assertThat(node.networks.verify(false))
                .anySatisfy(finding -> assertThat(finding.found()).contains("owner=7"));
    }

    @Test
    void portTooMany_andStrays_areSeen() throws Exception {
        Tap.create(new InterfaceName("mirror"), 0, 0).close();
        node.netlink.setMaster(index(new InterfaceName("mirror")), index(BRIDGE));
        assertThat(wrong(false)).containsExactly("br-tenant-0 ports");
        node.netlink.delete(index(new InterfaceName("mirror")));
        var _ = node.netlink.createBridge(new InterfaceName("br-tenant-9"));
        assertThat(wrong(false)).containsExactly("strays");
    }

    @Test
    @Tag("claim-N6")
    void probes_seeWhatGetsByWithoutTheRules() throws Exception {
        try (var one = Taps.connect(node.networks, node.all(), A, A4, 0);
                var two = Taps.connect(node.networks, node.all(), A, A5, 0);
                var three = Taps.connect(node.networks, node.all(), B, B4, 0)) {
            var a = new Probe(port(A, A4), one);
            var b = new Probe(port(A, A5), two);
            var c = new Probe(port(B, B4), three);
            a.askGateway("");
            b.askGateway("");
            c.askGateway("");
            assertThat(wrong(Probe.shown(a, b, Optional.of(c)))).isEmpty();
            assertThat(wrong(List.of(Probe.apart(a, b)))).containsExactly("isolated neighbour is reached");

            insert("inet", "input", "drop");
            assertThat(wrong(Probe.shown(a, b, Optional.of(c)))).containsExactly("gateway answers");
            node.networks.setUp(node.all(), new NetId(0));
            insert("inet", "forward", "accept");
            assertThat(wrong(Probe.shown(a, b, Optional.of(c)))).containsExactly("other tenant is reached");
            node.networks.setUp(node.all(), new NetId(0));
            insert("bridge", "prerouting", "accept");
            assertThat(wrong(Probe.shown(a, b, Optional.of(c))))
                    .containsExactly(
                            "false address gets by",
                            "false hardware address gets by",
                            "false ARP gets by",
                            "IPv6 gets by",
                            "metadata is reached");
            node.networks.setUp(node.all(), new NetId(0));
            insert("arp", "input", "accept");
            assertThat(wrong(Probe.shown(a, b, Optional.of(c))))
                    .containsExactly("frame for a link-local group is taken in");
            node.networks.setUp(node.all(), new NetId(0));
            insert("inet", "prerouting", "accept");
            assertThat(wrong(Probe.shown(a, b, Optional.of(c)))).isEmpty(); // the settings of the tap
            InterfaceSetting.RP_FILTER.set(new InterfaceName(A4.tap()), 0);
            InterfaceSetting.DROP_UNICAST_IN_L2_MULTICAST.set(new InterfaceName(A4.tap()), 0);
            assertThat(wrong(Probe.shown(a, b, Optional.of(c))))
                    .containsExactly("frame for a link-local group is taken in");
            node.networks.setUp(node.all(), new NetId(0));
            node.netlink.setIsolated(index(A4.tap()), true);
            node.netlink.setIsolated(index(A5.tap()), true);
            assertThat(wrong(Probe.shown(a, b, Optional.of(c)))).containsExactly("neighbour is reached");
        }
    }

    private void insert(String family, String chain, String verdict) throws Exception {
        node.nftables.apply(
                "{\"nftables\":[{\"insert\":{\"rule\":{\"family\":\"%s\",\"table\":\"mvm\",\"chain\":\"%s\",\"expr\":[{\"%s\":null}]}}}]}"
                        .formatted(family, chain, verdict));
    }

    private static List<String> wrong(List<Finding> findings) {
        return findings.stream()
                .filter(finding -> !finding.holds())
                .map(finding -> finding.name().replaceFirst(".* probe: ", ""))
                .toList();
    }

    @Test
    void gatewayThatDoesNotAnswer_endsTheProbes() throws Exception {
        node.netlink.add(new InterfaceAddress(index(BRIDGE), 0x0af00064, 24));
        node.netlink.remove(new InterfaceAddress(index(BRIDGE), 0x0af00001, 24));
        assertThat(wrong(true)).contains("br-tenant-0 addresses", "br-tenant-0 probe");
    }

    @Test
    void fullNetwork_isNotProbed_andSaysSo() throws Exception {
        for (int i = Slot.FIRST; i <= Slot.LAST; i++) {
            if (i != 3) {
                Taps.connect(node.networks, node.all(), A, new Slot(new NetId(0), i), 0)
                        .close();
            }
        }
        assertThat(node.networks.verify(true))
                .filteredOn(finding -> !finding.holds())
                .allSatisfy(finding -> assertThat(finding.found()).contains("no address is free"))
                .extracting(Finding::name)
                .containsExactly("br-tenant-0 probe", "br-tenant-1 probe");
    }

    private static Port port(TenantNet network, Slot slot) {
        return new Port(false, network, 0, new Place(slot, false, false, 0, 0));
    }
}
