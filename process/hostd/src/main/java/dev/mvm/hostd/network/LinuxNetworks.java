package dev.mvm.hostd.network;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.host.Networks;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.linux.netdev.InterfaceName;
import dev.mvm.linux.netdev.InterfaceSetting;
import dev.mvm.linux.netdev.MacAddress;
import dev.mvm.linux.netdev.Tap;
import dev.mvm.linux.netlink.InterfaceAddress;
import dev.mvm.linux.netlink.Link;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.linux.nftables.Nftables;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.trust.InstalledState;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Tenants' networks in the network namespace that hostd runs in. Names and addresses come from the signed state and
/// from slots; nothing is ever looked up by a name that somebody sent.
///
/// Thread-safe.
public final class LinuxNetworks implements Networks, AutoCloseable {
    static final int MTU = 1500;
    static final String BRIDGE = "bridge";
    static final String TAP = "tun";

    /// What a bridge is set to. Where a kernel has a setting for all interfaces as well, the stricter one of both
    /// holds.
    static final Map<InterfaceSetting, Integer> SETTINGS = Map.of(
            InterfaceSetting.DISABLE_IPV6, 1,
            InterfaceSetting.RP_FILTER, 1,
            InterfaceSetting.ARP_IGNORE, 1,
            InterfaceSetting.FORWARDING, 1,
            InterfaceSetting.ACCEPT_REDIRECTS, 0,
            InterfaceSetting.SEND_REDIRECTS, 0,
            InterfaceSetting.ACCEPT_SOURCE_ROUTE, 0,
            InterfaceSetting.PROXY_ARP, 0,
            InterfaceSetting.ROUTE_LOCALNET, 0);

    private final Netlink netlink;
    private final Nftables nftables;
    private final Optional<InterfaceName> uplink;
    private final Function<InstanceId, Optional<Set<PoolFlag>>> flags;
    private final Map<NetId, TenantNet> up = new LinkedHashMap<>();
    private final Map<InstanceId, Ruleset.Port> ports = new HashMap<>();

    /// @param uplink the interface by which guests may reach the world, if there is one
    /// @param flags what the state in force says of an instance's pool; empty where it says nothing
    public LinuxNetworks(
            Netlink netlink,
            Nftables nftables,
            Optional<InterfaceName> uplink,
            Function<InstanceId, Optional<Set<PoolFlag>>> flags) {
        this.netlink = netlink;
        this.nftables = nftables;
        this.uplink = uplink;
        this.flags = flags;
    }

    @Override
    public synchronized Set<NetId> up() {
        return Set.copyOf(up.keySet());
    }

    @Override
    public synchronized void setUp(InstalledState state, NetId net) throws StepException {
        var network = state.state().value().tenants().stream()
                .map(tenant -> tenant.network())
                .filter(candidate -> candidate.net().equals(net))
                .findFirst()
                .orElseThrow();
        try {
            bridge(network);
            var next = new LinkedHashMap<>(up);
            next.put(net, network);
            apply(next.values());
            up.put(net, network);
        } catch (IOException e) {
            throw failed("network", e);
        }
    }

    private void apply(Collection<TenantNet> networks) throws IOException {
        nftables.apply(Ruleset.of(networks, ports.values(), uplink));
    }

    @Override
    public synchronized void stateChanged(InstalledState state) throws StepException {
        var wanted = new HashSet<TenantNet>();
        state.state().value().tenants().forEach(tenant -> wanted.add(tenant.network()));
        try {
            up.values().removeIf(network -> !wanted.contains(network));
            ports.replaceAll((instance, port) -> port(instance, port.network(), port.slot()));
            apply(up.values());
            for (var port : ports.entrySet()) {
                var tap = netlink.link(new InterfaceName(port.getValue().slot().tap()));
                if (tap.isPresent()) {
                    netlink.setIsolated(tap.get().index(), isolated(port.getKey()));
                }
            }
            sweep();
        } catch (IOException e) {
            throw failed("network", e);
        }
    }

    /// Removes what no network and no VM has any more.
    private void sweep() throws ErrnoException {
        var ours = new HashSet<String>();
        up.values().forEach(network -> ours.add(network.bridge()));
        ports.values()
                .forEach(port ->
                        ours.addAll(List.of(port.network().bridge(), port.slot().tap())));
        for (var link : netlink.links()) {
            var form =
                    Map.of(BRIDGE, "br-tenant-[0-9]+", TAP, "tn[0-9]+i[0-9]+").getOrDefault(link.kind(), "");
            boolean named = link.name().matches(form);
            if (named && !ours.contains(link.name())) {
                netlink.delete(link.index());
            }
        }
    }

    /// A pool that the state in force does not have is trusted with nothing.
    private boolean isolated(InstanceId instance) {
        return flags.apply(instance).map(all -> all.contains(PoolFlag.ISOLATED)).orElse(true);
    }

    private Ruleset.Port port(InstanceId instance, TenantNet network, Slot slot) {
        boolean egress =
                flags.apply(instance).map(all -> all.contains(PoolFlag.EGRESS)).orElse(false);
        return new Ruleset.Port(network, slot, egress);
    }

    private void bridge(TenantNet network) throws IOException {
        var name = new InterfaceName(network.bridge());
        var found = netlink.link(name);
        if (found.isPresent() && !found.get().kind().equals(BRIDGE)) {
            throw new ErrnoException("bridge", Errno.EEXIST, name + " is something else on this node");
        }
        var bridge = found.isPresent() ? found.get() : netlink.createBridge(name);
        netlink.setBridge(bridge.index(), gatewayMac(network.net()), MTU);
        for (var setting : SETTINGS.entrySet()) {
            setting.getKey().set(name, setting.getValue());
        }
        if (uplink.isPresent()) {
            InterfaceSetting.FORWARDING.set(uplink.get(), 1); // for answers; the rules let nothing else from there by
        }
        address(bridge, network);
        netlink.setUp(bridge.index(), true);
    }

    /// As a guest's in place 1: it stays the same whatever ports come and go, and so does what guests know of it.
    static MacAddress gatewayMac(NetId net) {
        return new MacAddress(0x02fc_0000_0001L | (long) net.value() << 16);
    }

    /// The gateway's address, and no other.
    private void address(Link bridge, TenantNet network) throws ErrnoException {
        var wanted = new InterfaceAddress(
                bridge.index(), network.gateway().bits(), network.subnet().prefix());
        boolean there = false;
        for (var address : netlink.addresses()) {
            if (address.index() == bridge.index()) {
                if (address.equals(wanted)) {
                    there = true;
                } else {
                    netlink.remove(address);
                }
            }
        }
        if (!there) {
            netlink.add(wanted);
        }
    }

    /// Makes a VM's tap, which `uid` may attach to.
    ///
    /// @param apart whether it waits for a VMM that attaches by name, in a network namespace where there is nothing
    ///     else, until [#fetch]; if not, it is connected at once
    /// @return a descriptor of that namespace, or one that is attached to the tap; the caller owns it
    @MustBeClosed
    public synchronized Fd connect(InstanceId instance, TenantNet network, Slot slot, int uid, boolean apart)
            throws StepException {
        var name = new InterfaceName(slot.tap());
        try {
            var leftover = netlink.link(name);
            if (leftover.isPresent()) {
                remove(leftover.get()); // of a VM that has ended: the slot has one owner, and that is starting now
            }
            if (apart) {
                try (var namespace = NetworkNamespace.create()) {
                    namespace.run(() -> {
                        try (var _ = Tap.create(name, uid, uid)) {
                            return; // it outlives this descriptor
                        }
                    });
                    return namespace.fd().duplicate();
                }
            }
            try (var tap = Tap.create(name, uid, uid)) {
                plug(instance, network, slot, uid);
                return tap.fd().duplicate();
            }
        } catch (IOException e) {
            throw failed("tap", e);
        }
    }

    /// Takes the tap, to which the VMM is attached now, out of the VMM's namespace and connects it.
    ///
    /// @param namespace what [#connect] returned
    public synchronized void fetch(InstanceId instance, TenantNet network, Slot slot, int uid, Fd namespace)
            throws StepException {
        var name = new InterfaceName(slot.tap());
        try (var here = NetworkNamespace.current();
                var fd = namespace.duplicate();
                var there = NetworkNamespace.own(fd)) {
            there.run(() -> {
                try (var inside = new Netlink()) {
                    inside.move(existing(inside, name).index(), here.fd());
                }
            });
            plug(instance, network, slot, uid);
        } catch (IOException e) {
            throw failed("tap", e);
        }
    }

    /// Makes a tap, which is still down or as an earlier hostd has left it, a port of its tenant's bridge, and lets its
    /// addresses through.
    private void plug(InstanceId instance, TenantNet network, Slot slot, int uid) throws IOException {
        var name = new InterfaceName(slot.tap());
        var tap = existing(netlink, name);
        if (!tap.kind().equals(TAP) || tap.owner() != uid) {
            throw new ErrnoException("tap", Errno.EEXIST, name + " is something else on this node");
        }
        InterfaceSetting.DISABLE_IPV6.set(name, 1);
        netlink.setMtu(tap.index(), MTU);
        netlink.setMaster(
                tap.index(),
                existing(netlink, new InterfaceName(network.bridge())).index());
        netlink.setIsolated(tap.index(), isolated(instance));
        ports.put(instance, port(instance, network, slot));
        apply(up.values());
        netlink.setUp(tap.index(), true);
    }

    private static Link existing(Netlink netlink, InterfaceName name) throws ErrnoException {
        return netlink.link(name).orElseThrow(() -> new ErrnoException("RTM_GETLINK", Errno.ENODEV, name.value()));
    }

    /// A VM that an earlier hostd has connected, and that still runs: all of its network is made what it should be.
    ///
    /// @return false if its tap is not there any more
    public synchronized boolean adopt(InstanceId instance, TenantNet network, Slot slot, int uid) throws StepException {
        try {
            if (netlink.link(new InterfaceName(slot.tap())).isEmpty()) {
                return false;
            }
            bridge(network);
            up.put(network.net(), network);
            plug(instance, network, slot, uid);
            return true;
        } catch (IOException e) {
            throw failed("network", e);
        }
    }

    /// Takes a VM off its network and removes its tap, if there is one.
    public synchronized void disconnect(InstanceId instance, Slot slot) throws StepException {
        try {
            var tap = netlink.link(new InterfaceName(slot.tap()));
            if (tap.isPresent()) {
                remove(tap.get());
            }
            if (Optional.ofNullable(ports.remove(instance)).isPresent()) {
                apply(up.values());
            }
        } catch (IOException e) {
            throw failed("tap", e);
        }
    }

    private void remove(Link link) throws ErrnoException {
        if (!link.kind().equals(TAP)) {
            throw new ErrnoException("tap", Errno.EEXIST, link.name() + " is something else on this node");
        }
        netlink.delete(link.index());
    }

    private static StepException failed(String step, IOException cause) {
        int errno = cause instanceof ErrnoException e ? e.errno() : 0;
        return new StepException(step, errno, String.valueOf(cause.getMessage()));
    }

    @Override
    public void close() {
        netlink.close();
    }
}
