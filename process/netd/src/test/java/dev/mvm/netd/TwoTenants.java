package dev.mvm.netd;

import dev.mvm.linux.netlink.Netlink;
import dev.mvm.linux.nftables.Nftables;
import dev.mvm.model.InterfaceName;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Rates;
import dev.mvm.model.Slot;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.netd.NodeNetworks;
import dev.mvm.protocol.netd.Place;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// A node with two tenants, in the network namespace of the test.
@SuppressWarnings("MustBeClosedChecker") // closed by close
final class TwoTenants implements AutoCloseable {
    static final TenantNet A = new TenantNet(new NetId(0), Subnet.parse("10.240.0.0/24"));
    static final TenantNet B = new TenantNet(new NetId(1), Subnet.parse("10.240.1.0/24"));
    static final Slot A3 = new Slot(new NetId(0), 3);
    static final Slot A4 = new Slot(new NetId(0), 4);
    static final Slot A5 = new Slot(new NetId(0), 5);
    static final Slot B3 = new Slot(new NetId(1), 3);
    static final Slot B4 = new Slot(new NetId(1), 4);

    private static final List<Slot> SLOTS = List.of(A3, A4, A5, B3, B4);

    final Map<Slot, Set<PoolFlag>> flags = new HashMap<>();
    final Map<Slot, Rates> rates = new HashMap<>();
    final Netlink netlink;
    final Nftables nftables;
    final LinuxNetworks networks;
    private final Optional<InterfaceName> uplink;

    TwoTenants() throws Exception {
        this(Optional.empty());
    }

    TwoTenants(Optional<InterfaceName> uplink) throws Exception {
        this.uplink = uplink;
        netlink = new Netlink();
        nftables = new Nftables();
        networks = new LinuxNetworks(netlink, nftables);
        networks.setUp(all(), A.net());
        networks.setUp(all(), B.net());
    }

    /// Returns what hostd says with both tenants in the state.
    NodeNetworks all() {
        return with(A, B);
    }

    /// Returns what hostd says with a state of these tenants.
    NodeNetworks with(TenantNet... tenants) {
        var slots = new TreeSet<>(SLOTS);
        slots.addAll(flags.keySet());
        var places = slots.stream().map(this::place).toList();
        return new NodeNetworks(uplink, List.of(tenants), places);
    }

    private Place place(Slot slot) {
        var set = flags.getOrDefault(slot, Set.of());
        var most = rates.getOrDefault(slot, Rates.UNLIMITED);
        boolean isolated = set.contains(PoolFlag.ISOLATED);
        return new Place(slot, isolated, set.contains(PoolFlag.EGRESS), most.netMib(), most.netPackets());
    }

    Guest guest(TenantNet network, Slot slot) throws Exception {
        return Guest.boot(networks, all(), network, slot);
    }

    @Override
    public void close() throws IOException {
        for (var link : netlink.links()) {
            if (link.kind().equals("bridge") || link.kind().equals("tun")) {
                netlink.delete(link.index());
            }
        }
        nftables.apply("{\"nftables\":[{\"flush\":{\"ruleset\":null}}]}");
        netlink.close();
    }
}
