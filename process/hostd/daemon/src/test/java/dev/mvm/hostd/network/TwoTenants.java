package dev.mvm.hostd.network;

import dev.mvm.linux.netdev.InterfaceName;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.linux.nftables.Nftables;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.HighWaterMark;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A node with two tenants, in the network namespace of the test.
@SuppressWarnings("MustBeClosedChecker") // closed by close
final class TwoTenants implements AutoCloseable {
    static final TenantNet A = Ceremony.network(0);
    static final TenantNet B = Ceremony.network(1);
    static final Slot A3 = new Slot(new NetId(0), 3);
    static final Slot A4 = new Slot(new NetId(0), 4);
    static final Slot A5 = new Slot(new NetId(0), 5);
    static final Slot B3 = new Slot(new NetId(1), 3);
    static final Slot B4 = new Slot(new NetId(1), 4);

    private static final List<Slot> SLOTS = List.of(A3, A4, A5, B3, B4);
    private static final TenantId RIVAL = new TenantId("rival");

    final Ceremony ceremony = new Ceremony();
    final Map<InstanceId, Set<PoolFlag>> flags = new HashMap<>();
    final Netlink netlink;
    final Nftables nftables;
    final InstalledState state;
    final LinuxNetworks networks;

    TwoTenants() throws Exception {
        this(Optional.empty());
    }

    TwoTenants(Optional<InterfaceName> uplink) throws Exception {
        netlink = new Netlink();
        nftables = new Nftables();
        state = state();
        networks = new LinuxNetworks(
                netlink, nftables, uplink, () -> SLOTS, id -> Optional.ofNullable(flags.getOrDefault(id, Set.of())));
        networks.setUp(state, new NetId(0));
        networks.setUp(state, new NetId(1));
    }

    private InstalledState state() throws Exception {
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
                ceremony.signed(both), ceremony.context(HighWaterMark.NONE, Ceremony.NOW, demo, rival));
    }

    /// A state in which there is the first tenant alone.
    InstalledState alone() throws Exception {
        var demo = ceremony.verified(Ceremony.grant(Ceremony.DEMO, 0));
        return ceremony.verifier.newState(
                ceremony.signed(Ceremony.state(demo, Counts.NONE)),
                ceremony.context(HighWaterMark.NONE, Ceremony.NOW, demo));
    }

    /// A state in which there is the second tenant alone.
    InstalledState rival() throws Exception {
        var rival = ceremony.verified(Ceremony.grant(RIVAL, 1));
        return ceremony.verifier.newState(
                ceremony.signed(Ceremony.state(rival, Counts.NONE)),
                ceremony.context(HighWaterMark.NONE, Ceremony.NOW, rival));
    }

    Guest guest(int number, TenantNet network, Slot slot) throws Exception {
        return Guest.boot(networks, InstanceId.of(number), network, slot);
    }

    @Override
    public void close() throws IOException {
        for (var link : netlink.links()) {
            if (link.kind().equals("bridge") || link.kind().equals("tun")) {
                netlink.delete(link.index());
            }
        }
        nftables.apply("{\"nftables\":[{\"flush\":{\"ruleset\":null}}]}");
        networks.close();
    }
}
