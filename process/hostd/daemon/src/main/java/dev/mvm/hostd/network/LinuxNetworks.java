package dev.mvm.hostd.network;

import com.google.errorprone.annotations.MustBeClosed;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.hostd.host.Networks;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.linux.netdev.InterfaceName;
import dev.mvm.linux.netdev.InterfaceSetting;
import dev.mvm.linux.netdev.Tap;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.linux.nftables.Nftables;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Observation.Finding;
import dev.mvm.protocol.trust.InstalledState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/// Tenants' networks in hostd's own network namespace. Names and addresses come from the signed state and from slots,
/// never from a request.
///
/// Thread-safe.
public final class LinuxNetworks implements Networks, AutoCloseable {
    private final Netlink netlink;
    private final Wiring wiring;
    private final Optional<InterfaceName> uplink;
    private final Function<InstanceId, Optional<Set<PoolFlag>>> flags;

    @GuardedBy("this")
    private final Filter filter;

    @GuardedBy("this")
    private final Map<NetId, TenantNet> up = new LinkedHashMap<>();

    @GuardedBy("this")
    private final Map<Slot, Port> ports = new TreeMap<>();

    /// @param uplink the interface by which guests may reach the world, if there is one
    /// @param slots the slots of all instances, running or not
    /// @param flags the flags of an instance's pool in the state in force; empty if the state has no such pool
    public LinuxNetworks(
            Netlink netlink,
            Nftables nftables,
            Optional<InterfaceName> uplink,
            Supplier<Collection<Slot>> slots,
            Function<InstanceId, Optional<Set<PoolFlag>>> flags) {
        this.netlink = netlink;
        this.wiring = new Wiring(netlink);
        this.filter = new Filter(nftables, uplink, slots);
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
            filter.apply(next.values(), ports.values());
            up.put(net, network);
        } catch (IOException e) {
            throw new StepException("network", e);
        }
    }

    private void bridge(TenantNet network) throws ErrnoException {
        wiring.bridge(network);
        if (uplink.isPresent()) {
            InterfaceSetting.FORWARDING.set(uplink.get(), 1); // for answers; the rules drop everything else from there
        }
    }

    @Override
    public synchronized Map<Slot, Long> asked() {
        return filter.asked();
    }

    @Override
    public Map<String, Long> traffic() {
        return InterfaceTraffic.read();
    }

    @Override
    public synchronized void stateChanged(InstalledState state) throws StepException {
        var wanted = new HashSet<TenantNet>();
        state.state().value().tenants().forEach(tenant -> wanted.add(tenant.network()));
        try {
            up.values().removeIf(network -> !wanted.contains(network));
            ports.replaceAll((slot, port) -> port(port.instance(), port.network(), slot, port.uid()));
            filter.apply(up.values(), ports.values());
            for (var port : ports.values()) {
                if (wiring.has(port)) {
                    wiring.plug(port);
                }
            }
            wiring.sweep(up.values(), ports.values());
        } catch (IOException e) {
            throw new StepException("network", e);
        }
    }

    /// Returns the flags of the instance's pool in the state in force; the strictest if the state does not name the
    /// pool.
    public Set<PoolFlag> flags(InstanceId instance) {
        return flags.apply(instance).orElse(Set.of(PoolFlag.ISOLATED, PoolFlag.STRICT));
    }

    /// Describes an instance's port. A pool that the state in force does not name gets no permission.
    private Port port(InstanceId instance, TenantNet network, Slot slot, int uid) {
        var all = flags(instance);
        return new Port(instance, network, slot, uid, all.contains(PoolFlag.ISOLATED), all.contains(PoolFlag.EGRESS));
    }

    /// Creates a VM's tap, to which `uid` may attach.
    ///
    /// @param apart whether the tap waits in an empty network namespace until [#fetch], for a VMM that attaches by
    ///     name; if not, the tap is connected at once
    /// @return a descriptor of that namespace, or one that is attached to the tap; the caller owns it
    @MustBeClosed
    public synchronized Fd connect(InstanceId instance, TenantNet network, Slot slot, int uid, boolean apart)
            throws StepException {
        var port = port(instance, network, slot, uid);
        try {
            wiring.remove(port.tap()); // of a VM that has ended: the slot's one owner is starting now
            if (apart) {
                try (var namespace = NetworkNamespace.create()) {
                    namespace.run(() -> {
                        try (var _ = Tap.create(port.tap(), uid, uid)) {
                            return; // the tap outlives this descriptor
                        }
                    });
                    return namespace.fd().duplicate();
                }
            }
            try (var tap = Tap.create(port.tap(), uid, uid)) {
                plug(port);
                return tap.fd().duplicate();
            }
        } catch (IOException e) {
            throw new StepException("tap", e);
        }
    }

    /// Moves the tap, to which the VMM is attached now, out of the VMM's namespace and connects the tap.
    ///
    /// @param namespace the descriptor from [#connect]
    public synchronized void fetch(InstanceId instance, TenantNet network, Slot slot, int uid, Fd namespace)
            throws StepException {
        var port = port(instance, network, slot, uid);
        try (var here = NetworkNamespace.current();
                var fd = namespace.duplicate();
                var there = NetworkNamespace.own(fd)) {
            there.run(() -> {
                try (var inside = new Netlink()) {
                    inside.move(Wiring.existing(inside, port.tap()).index(), here.fd());
                }
            });
            plug(port);
        } catch (IOException e) {
            throw new StepException("tap", e);
        }
    }

    /// Turns a connected tap on or off.
    public synchronized void set(Slot slot, boolean up) throws StepException {
        try {
            wiring.set(new InterfaceName(slot.tap()), up);
        } catch (IOException e) {
            throw new StepException("tap", e);
        }
    }

    /// Connects a tap: the rules for it are in force before it is on.
    @GuardedBy("this")
    private void plug(Port port) throws IOException {
        wiring.plug(port);
        ports.put(port.slot(), port);
        filter.apply(up.values(), ports.values());
        wiring.set(port.tap(), true);
    }

    /// Takes over a running VM that an earlier hostd has connected, and corrects all of its network.
    ///
    /// @return false if the VM's tap is gone
    public synchronized boolean adopt(InstanceId instance, TenantNet network, Slot slot, int uid) throws StepException {
        var port = port(instance, network, slot, uid);
        try {
            if (!wiring.has(port)) {
                return false;
            }
            bridge(network);
            up.put(network.net(), network);
            plug(port);
            return true;
        } catch (IOException e) {
            throw new StepException("network", e);
        }
    }

    /// Disconnects a VM and removes its tap. No-op if absent.
    public synchronized void disconnect(Slot slot) throws StepException {
        try {
            wiring.remove(new InterfaceName(slot.tap()));
            if (ports.remove(slot) != null) {
                filter.apply(up.values(), ports.values());
            }
        } catch (IOException e) {
            throw new StepException("tap", e);
        }
    }

    @Override
    public synchronized List<Finding> verify(boolean deep) throws StepException {
        try {
            var out = new ArrayList<Finding>();
            out.add(filter.look(up.values(), ports.values()));
            if (uplink.isPresent()) {
                int forwards = Wiring.read(InterfaceSetting.FORWARDING, uplink.get());
                out.add(Findings.of(uplink.get() + " forwards", 1, forwards));
            }
            out.addAll(wiring.look(up.values(), ports.values()));
            if (deep) {
                out.addAll(Probes.all(wiring, filter, up.values(), ports));
            }
            // false ones first, so that the limit drops true ones
            return out.stream()
                    .sorted(Comparator.comparing(Finding::holds))
                    .limit(HostReply.Found.MOST)
                    .toList();
        } catch (IOException e) {
            throw new StepException("network", e);
        }
    }

    @Override
    public void close() {
        netlink.close();
    }
}
