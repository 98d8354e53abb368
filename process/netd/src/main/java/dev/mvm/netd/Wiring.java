package dev.mvm.netd;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.netdev.InterfaceSetting;
import dev.mvm.linux.netdev.MacAddress;
import dev.mvm.linux.netlink.InterfaceAddress;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.linux.netlink.NetworkInterface;
import dev.mvm.model.InterfaceName;
import dev.mvm.model.TenantNet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/// Tenants' bridges and the taps that are their ports, in the network namespace that netd runs in.
final class Wiring {
    private static final int MTU = 1500;
    private static final String BRIDGE = "bridge";
    private static final String TAP = "tun";

    /// Settings of a bridge. Where a kernel has a setting for all interfaces as well, the stricter one of both
    /// holds.
    private static final Map<InterfaceSetting, Integer> SETTINGS = new EnumMap<>(Map.of(
            InterfaceSetting.DISABLE_IPV6, 1,
            InterfaceSetting.RP_FILTER, 1,
            InterfaceSetting.ARP_IGNORE, 1,
            InterfaceSetting.FORWARDING, 1,
            InterfaceSetting.ACCEPT_REDIRECTS, 0,
            InterfaceSetting.SEND_REDIRECTS, 0,
            InterfaceSetting.ACCEPT_SOURCE_ROUTE, 0,
            InterfaceSetting.PROXY_ARP, 0,
            InterfaceSetting.ROUTE_LOCALNET, 0));

    /// Settings of a tap.
    private static final Map<InterfaceSetting, Integer> TAP_SETTINGS = new EnumMap<>(Map.of(
            InterfaceSetting.DISABLE_IPV6, 1,
            InterfaceSetting.RP_FILTER, 1,
            InterfaceSetting.DROP_UNICAST_IN_L2_MULTICAST, 1));

    private static final NetworkInterface NONE =
            new NetworkInterface(Integer.MAX_VALUE, "missing", "", false, 0, MacAddress.NONE, 0, false, -1);

    private final Netlink netlink;

    Wiring(Netlink netlink) {
        this.netlink = netlink;
    }

    /// Makes a network's bridge, or makes the one that is there what it should be.
    void bridge(TenantNet network) throws ErrnoException {
        var name = new InterfaceName(network.bridge());
        var found = netlink.link(name);
        var bridge = found.isPresent() ? ours(found.get(), BRIDGE) : netlink.createBridge(name);
        netlink.setBridge(bridge.index(), mac(network), MTU);
        set(SETTINGS, name);
        var gateway = gateway(bridge, network);
        var addresses = addresses(bridge);
        for (var other : addresses) {
            if (!other.equals(gateway)) {
                netlink.remove(other);
            }
        }
        if (!addresses.contains(gateway)) {
            netlink.add(gateway);
        }
        netlink.setUp(bridge.index(), true);
    }

    /// Returns the address that a guest in place 1 would have. It stays the same whatever ports come and go,
    /// and so do the neighbour tables of guests.
    static MacAddress mac(TenantNet network) {
        return new MacAddress(0x02fc_0000_0001L | (long) network.net().value() << 16);
    }

    private static InterfaceAddress gateway(NetworkInterface bridge, TenantNet network) {
        int prefix = network.subnet().prefix();
        return new InterfaceAddress(bridge.index(), network.gateway().bits(), prefix);
    }

    private List<InterfaceAddress> addresses(NetworkInterface link) throws ErrnoException {
        return netlink.addresses().stream()
                .filter(address -> address.index() == link.index())
                .toList();
    }

    /// Makes a tap, which is still down or as an earlier netd has left it, a port of its tenant's bridge; it is
    /// set up last, by [#set].
    void plug(Port port) throws ErrnoException {
        var tap = ours(existing(netlink, port.tap()), TAP);
        if (tap.owner() != port.uid()) {
            throw new ErrnoException("tap", Errno.EEXIST, tap.name() + " is another user's");
        }
        set(TAP_SETTINGS, port.tap());
        netlink.setMtu(tap.index(), MTU);
        var bridge = existing(netlink, new InterfaceName(port.network().bridge()));
        netlink.setMaster(tap.index(), bridge.index());
        netlink.setIsolated(tap.index(), port.isolated());
    }

    private static void set(Map<InterfaceSetting, Integer> settings, InterfaceName name) throws ErrnoException {
        for (var setting : settings.entrySet()) {
            setting.getKey().set(name, setting.getValue());
        }
    }

    void set(InterfaceName tap, boolean up) throws ErrnoException {
        netlink.setUp(existing(netlink, tap).index(), up);
    }

    void isolate(Port port) throws ErrnoException {
        netlink.setIsolated(existing(netlink, port.tap()).index(), true);
    }

    /// Removes a tap if there is one.
    void remove(InterfaceName tap) throws ErrnoException {
        var found = netlink.link(tap);
        if (found.isPresent()) {
            netlink.delete(ours(found.get(), TAP).index());
        }
    }

    boolean has(Port port) throws ErrnoException {
        return netlink.link(port.tap()).isPresent();
    }

    static NetworkInterface existing(Netlink netlink, InterfaceName name) throws ErrnoException {
        return netlink.link(name).orElseThrow(() -> new ErrnoException("RTM_GETLINK", Errno.ENODEV, name.value()));
    }

    private static NetworkInterface ours(NetworkInterface link, String kind) throws ErrnoException {
        if (!link.kind().equals(kind)) {
            throw new ErrnoException(kind, Errno.EEXIST, link.name() + " is something else on this node");
        }
        return link;
    }

    /// Removes what has a name of ours and belongs to no network and no VM.
    void sweep(Collection<TenantNet> networks, Collection<Port> ports) throws ErrnoException {
        for (var stray : strays(networks, ports)) {
            netlink.delete(stray.index());
        }
    }

    private List<NetworkInterface> strays(Collection<TenantNet> networks, Collection<Port> ports)
            throws ErrnoException {
        var names = new HashSet<String>();
        networks.forEach(network -> names.add(network.bridge()));
        ports.forEach(
                port -> names.addAll(List.of(port.slot().tap(), port.network().bridge())));
        var forms = Map.of(BRIDGE, "br-tenant-[0-9]+", TAP, "tn[0-9]+i[0-9]+");
        return netlink.links().stream()
                .filter(link -> link.name().matches(forms.getOrDefault(link.kind(), "")))
                .filter(link -> !names.contains(link.name()))
                .toList();
    }

    /// Compares what there is with what must be.
    List<Finding> look(Collection<TenantNet> networks, Collection<Port> ports) throws ErrnoException {
        var links = new HashMap<String, NetworkInterface>();
        netlink.links().forEach(link -> links.put(link.name(), link));
        var out = new ArrayList<Finding>();
        var strays =
                strays(networks, ports).stream().map(NetworkInterface::name).toList();
        out.add(Findings.of("strays", List.of(), strays));
        for (var network : networks) {
            var name = network.bridge();
            var bridge = links.getOrDefault(name, NONE);
            var must = new NetworkInterface(bridge.index(), name, BRIDGE, true, MTU, mac(network), 0, false, -1);
            out.add(Findings.of(name, must, bridge));
            out.add(Findings.of(name + " addresses", List.of(gateway(bridge, network)), addresses(bridge)));
            out.add(Findings.of(name + " settings", SETTINGS, settings(SETTINGS, new InterfaceName(name))));
            var here = ports.stream().filter(port -> port.network().equals(network));
            var there = links.values().stream().filter(link -> link.master() == bridge.index());
            var wanted = here.map(port -> port.slot().tap()).sorted().toList();
            out.add(Findings.of(
                    name + " ports",
                    wanted,
                    there.map(NetworkInterface::name).sorted().toList()));
        }
        for (var port : ports) {
            var name = port.slot().tap();
            var tap = links.getOrDefault(name, NONE);
            int bridge = links.getOrDefault(port.network().bridge(), NONE).index();
            var must = new NetworkInterface(
                    tap.index(), name, TAP, true, MTU, tap.mac(), bridge, port.isolated(), port.uid());
            out.add(Findings.of(name, must, tap));
            var now = settings(TAP_SETTINGS, port.tap());
            // 2, systemd's default for new interfaces, is as strict where there is no address: fib_validate_source
            now.computeIfPresent(InterfaceSetting.RP_FILTER, (_, value) -> Math.min(value, 1));
            out.add(Findings.of(name + " settings", TAP_SETTINGS, now));
        }
        return out;
    }

    private static Map<InterfaceSetting, Integer> settings(Map<InterfaceSetting, Integer> must, InterfaceName name) {
        var now = new EnumMap<>(must);
        now.replaceAll((setting, _) -> read(setting, name));
        return now;
    }

    static int read(InterfaceSetting setting, InterfaceName name) {
        try {
            return setting.get(name);
        } catch (ErrnoException _) {
            return -1; // not there
        }
    }
}
