package dev.mvm.hostd.network;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.host.Networks;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.netdev.InterfaceName;
import dev.mvm.linux.netdev.InterfaceSetting;
import dev.mvm.linux.netdev.Tap;
import dev.mvm.linux.netlink.InterfaceAddress;
import dev.mvm.linux.netlink.Link;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.linux.nftables.Nftables;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.trust.InstalledState;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Tenants' networks in the network namespace that hostd runs in. Names and addresses come from the signed state and
/// from slots; nothing is ever looked up by a name that somebody sent.
///
/// Thread-safe.
public final class LinuxNetworks implements Networks, AutoCloseable {
    private static final String BRIDGE = "bridge";
    private static final String TAP = "tun";

    private final Netlink netlink;
    private final Nftables nftables;
    private final Map<NetId, TenantNet> up = new LinkedHashMap<>();
    private final Map<InstanceId, Ruleset.Port> ports = new HashMap<>();

    public LinuxNetworks(Netlink netlink, Nftables nftables) {
        this.netlink = netlink;
        this.nftables = nftables;
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
            nftables.apply(Ruleset.of(next.values(), ports.values()));
            up.put(net, network);
        } catch (IOException e) {
            throw failed("network", e);
        }
    }

    @Override
    public synchronized void stateChanged(InstalledState state) throws StepException {
        var wanted = new HashSet<TenantNet>();
        state.state().value().tenants().forEach(tenant -> wanted.add(tenant.network()));
        if (up.values().removeIf(network -> !wanted.contains(network))) {
            try {
                nftables.apply(Ruleset.of(up.values(), ports.values()));
            } catch (IOException e) {
                throw failed("network", e);
            }
        }
    }

    private void bridge(TenantNet network) throws IOException {
        var name = new InterfaceName(network.bridge());
        var found = netlink.link(name);
        if (found.isPresent() && !found.get().kind().equals(BRIDGE)) {
            throw new ErrnoException("bridge", Errno.EEXIST, name + " is something else on this node");
        }
        var bridge = found.isPresent() ? found.get() : netlink.createBridge(name);
        InterfaceSetting.DISABLE_IPV6.set(name, 1);
        InterfaceSetting.RP_FILTER.set(name, 1);
        InterfaceSetting.ARP_IGNORE.set(name, 1);
        InterfaceSetting.FORWARDING.set(name, 1);
        address(bridge, network);
        netlink.setUp(bridge.index(), true);
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

    /// Connects a VM: makes its tap, which `uid` may attach to, a port of its tenant's bridge, and lets its
    /// addresses through.
    ///
    /// @return a descriptor that is attached to the tap; the caller owns it
    @MustBeClosed
    public synchronized Fd connect(InstanceId instance, TenantNet network, Slot slot, int uid) throws StepException {
        var name = new InterfaceName(slot.tap());
        try {
            var leftover = netlink.link(name);
            if (leftover.isPresent()) {
                remove(leftover.get()); // of a VM that has ended: the slot has one owner, and that is starting now
            }
            var bridge = netlink.link(new InterfaceName(network.bridge()))
                    .orElseThrow(() -> new ErrnoException("bridge", Errno.ENODEV, network.bridge()));
            try (var tap = Tap.create(name, uid, uid)) {
                var link = netlink.link(name).orElseThrow(() -> new ErrnoException("tap", Errno.ENODEV));
                InterfaceSetting.DISABLE_IPV6.set(name, 1);
                netlink.setMaster(link.index(), bridge.index());
                ports.put(instance, new Ruleset.Port(network, slot));
                nftables.apply(Ruleset.of(up.values(), ports.values()));
                netlink.setUp(link.index(), true);
                return tap.fd().duplicate();
            }
        } catch (IOException e) {
            ports.remove(instance);
            throw failed("tap", e);
        }
    }

    /// A VM that an earlier hostd has connected, and that still runs.
    public synchronized void adopt(InstanceId instance, TenantNet network, Slot slot) throws StepException {
        try {
            bridge(network);
            up.put(network.net(), network);
            ports.put(instance, new Ruleset.Port(network, slot));
            nftables.apply(Ruleset.of(up.values(), ports.values()));
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
                nftables.apply(Ruleset.of(up.values(), ports.values()));
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
