package dev.mvm.netd;

import dev.mvm.linux.netlink.Netlink;
import dev.mvm.linux.nftables.Nftables;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.netd.NodeNetworks;
import dev.mvm.protocol.netd.Place;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// A netd in this process.
public final class NetdForTests {
    private NetdForTests() {}

    /// Serves until hostd hangs up.
    public static void serve(PacketSocket hostd) throws IOException {
        try (var netlink = new Netlink()) {
            new HostdConnection(hostd, new LinuxNetworks(netlink, new Nftables()), _ -> {}).serve();
        }
    }

    /// Makes and connects the tap of a VM, as netd has left it.
    public static void connect(TenantNet network, Slot slot) throws Exception {
        var all = new NodeNetworks(Optional.empty(), List.of(network), List.of(new Place(slot, false, false, 0, 0)));
        try (var netlink = new Netlink()) {
            var networks = new LinuxNetworks(netlink, new Nftables());
            networks.setUp(all, network.net());
            Taps.connect(networks, all, network, slot, 0).close();
        }
    }
}
