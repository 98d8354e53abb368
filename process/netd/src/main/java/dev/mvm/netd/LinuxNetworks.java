package dev.mvm.netd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.netdev.InterfaceSetting;
import dev.mvm.linux.netdev.Tap;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.linux.nftables.Nftables;
import dev.mvm.model.InterfaceName;
import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.netd.NodeNetworks;
import dev.mvm.protocol.netd.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// Tenants' networks in the network namespace that netd runs in. Names and addresses come from net ids and slots;
/// nothing is ever looked up by a name that somebody sent, but for the uplink.
///
/// Each operation ends with an [IOException] if it fails. Thread-safe.
final class LinuxNetworks {
    /// Most findings of a verification.
    static final int MOST = 2_000;

    private static final NodeNetworks NOTHING = new NodeNetworks(Optional.empty(), List.of(), List.of());

    private final Wiring wiring;
    private final Filter filter;

    /// Held by a verification, which takes ports apart that another one would look at. Taken before this object's.
    private final Object verification = new Object();

    @GuardedBy("this")
    private final Map<NetId, TenantNet> up = new LinkedHashMap<>();

    @GuardedBy("this")
    private final Map<Slot, Port> ports = new TreeMap<>();

    @GuardedBy("this")
    private NodeNetworks all = NOTHING;

    @GuardedBy("this")
    private Map<BridgeAddress, Slot> held = Map.of();

    /// Counts of rules that were in force before.
    @GuardedBy("this")
    private Map<Slot, Long> asked = Map.of();

    LinuxNetworks(Netlink netlink, Nftables nftables) {
        this.wiring = new Wiring(netlink);
        this.filter = new Filter(nftables);
    }

    /// The nets that are as the state in force says.
    synchronized Set<NetId> up() {
        return Set.copyOf(up.keySet());
    }

    /// Makes bridge and address of a network, and the filter rules of all; as a whole or not at all.
    ///
    /// @param net one of `now`
    synchronized void setUp(NodeNetworks now, NetId net) throws IOException {
        all = now;
        var network = now.networks().stream()
                .filter(candidate -> candidate.net().equals(net))
                .findFirst()
                .orElseThrow(() -> new ErrnoException("up", Errno.ENOENT, "no network " + net));
        wiring.bridge(network);
        var next = new LinkedHashMap<>(up);
        next.put(net, network);
        apply(next);
        up.put(net, network);
    }

    /// With new rules the kernel begins to count anew, so what it has counted is added up here.
    @GuardedBy("this")
    private void apply(Map<NetId, TenantNet> networks) throws IOException {
        var counted = asked();
        var places = new HashMap<BridgeAddress, Slot>();
        for (var place : all.places()) {
            var net = networks.get(place.slot().net());
            // a net may be another tenant's by now, and smaller, while an instance remains
            if (net != null && place.slot().offset() <= net.subnet().lastOffset()) {
                var address = net.address(place.slot()).toString();
                places.put(new BridgeAddress(net.bridge(), address), place.slot());
            }
        }
        filter.apply(Ruleset.of(networks.values(), ports.values(), places.keySet(), all.uplink()));
        held = places;
        asked = counted;
    }

    /// Returns the number of requests for each slot's address on its network since netd has been running. A slot
    /// without requests may be missing.
    synchronized Map<Slot, Long> asked() {
        var out = new HashMap<>(asked);
        for (var counted : filter.asked().entrySet()) {
            var slot = held.get(counted.getKey());
            if (slot != null) {
                out.merge(slot, counted.getValue(), Long::sum);
            }
        }
        return out;
    }

    /// Returns the bytes that each VM's tap has carried, both ways.
    synchronized Map<Slot, Long> traffic() throws IOException {
        return Traffic.of(ports.keySet());
    }

    /// A new state is in force: networks that it changes are no longer up.
    synchronized void stateChanged(NodeNetworks now) throws IOException {
        all = now;
        var wanted = Set.copyOf(now.networks());
        ports.values().removeIf(Port::probe); // the taps are swept, so probes end
        up.values().removeIf(network -> !wanted.contains(network));
        ports.replaceAll((slot, port) -> port(port.network(), slot, port.uid()));
        apply(up);
        for (var port : ports.values()) {
            if (wiring.has(port)) {
                wiring.plug(port);
            }
        }
        wiring.sweep(up.values(), ports.values());
    }

    /// An instance without a place is trusted with nothing.
    @GuardedBy("this")
    private Port port(TenantNet network, Slot slot, int uid) {
        var place = all.places().stream()
                .filter(candidate -> candidate.slot().equals(slot))
                .findFirst()
                .orElse(new Place(slot, true, false, 1, 1));
        return new Port(false, network, uid, place);
    }

    /// Makes a VM's tap, which `uid` may attach to, in the VM's own network namespace, in which there is
    /// nothing else; it stays there until [#fetch].
    ///
    /// @param tun `/dev/net/tun`, opened in that namespace; a VMM that has no copy of it attaches once it is closed
    synchronized void prepare(Slot slot, int uid, Fd tun) throws IOException {
        var name = new InterfaceName(slot.tap());
        wiring.remove(name); // of a VM that has ended, or of a probe: the slot has one owner, which is starting now
        ports.remove(slot);
        Tap.create(tun, name, uid, uid);
    }

    /// Takes the tap, to which the VMM is attached by then, out of the VM's namespace and connects it.
    ///
    /// @param route an rtnetlink socket of that namespace, which this closes
    synchronized void fetch(NodeNetworks now, TenantNet network, Slot slot, int uid, Fd route) throws IOException {
        all = now;
        var port = port(network, slot, uid);
        try (var inside = Netlink.own(route);
                var here = Fd.open(Path.of("/proc/self/ns/net"))) {
            inside.move(Wiring.existing(inside, port.tap()).index(), here);
            plug(port);
        }
    }

    /// Connects a tap: the rules know it before it is up.
    @GuardedBy("this")
    private void plug(Port port) throws IOException {
        wiring.plug(port);
        ports.put(port.slot(), port);
        apply(up);
        wiring.set(port.tap(), true);
    }

    /// A VM that an earlier netd has connected, and that still runs: all of its network is made what it should be.
    ///
    /// @return false if its tap is gone
    synchronized boolean adopt(NodeNetworks now, TenantNet network, Slot slot, int uid) throws IOException {
        all = now;
        var port = port(network, slot, uid);
        if (!wiring.has(port)) {
            return false;
        }
        wiring.bridge(network);
        up.put(network.net(), network);
        plug(port);
        return true;
    }

    /// Takes a VM off its network and removes its tap, if there is one.
    synchronized void disconnect(NodeNetworks now, Slot slot) throws IOException {
        all = now;
        wiring.remove(new InterfaceName(slot.tap()));
        if (ports.remove(slot) != null) {
            apply(up);
        }
    }

    /// While it waits for answers to probes, all but another verification goes on.
    List<Finding> verify(boolean deep) throws IOException {
        synchronized (verification) {
            var out = new ArrayList<Finding>();
            var networks = new ArrayList<TenantNet>();
            synchronized (this) {
                if (all.uplink().isPresent()) {
                    int forwards = Wiring.read(
                            InterfaceSetting.FORWARDING, all.uplink().get());
                    out.add(Findings.of(all.uplink().get() + " forwards", 1, forwards));
                }
                if (!up.isEmpty()) { // else there is what an earlier netd has left
                    out.add(filter.look());
                    out.addAll(wiring.look(up.values(), ports.values()));
                }
                networks.addAll(deep ? up.values() : Set.of());
            }
            for (int i = 0; i < networks.size(); i++) {
                out.addAll(probe(networks.get(i), networks.get((i + 1) % networks.size())));
            }
            // what does not hold first: that is what there is room for in any case
            return out.stream()
                    .sorted(Comparator.comparing(Finding::holds))
                    .limit(MOST)
                    .toList();
        }
    }

    /// Holds ports of its own for as long as it takes, in slots that are free; they are gone with their
    /// descriptors. Finds nothing if a VM has taken one of these slots meanwhile, or a new state all of them.
    private List<Finding> probe(TenantNet network, TenantNet other) throws IOException {
        var held = new ArrayList<Probe>();
        try {
            var a = probe(network, held);
            var b = probe(network, held);
            var c = other.equals(network) ? Optional.<Probe>empty() : Optional.of(probe(other, held));
            var out = new ArrayList<>(Probe.shown(a, b, c));
            synchronized (this) {
                if (ports.values().containsAll(List.of(a.port(), b.port()))) { // not a VM's
                    wiring.isolate(a.port());
                    wiring.isolate(b.port());
                }
            }
            out.add(Probe.apart(a, b));
            return out;
        } catch (ErrnoException e) {
            synchronized (this) { // else a new state or a VM has ended it
                boolean goesOn = up.values().containsAll(List.of(network, other));
                for (var probe : held) {
                    goesOn &= probe.port().equals(ports.get(probe.port().slot()));
                }
                var found = Findings.of(network.bridge() + " probe", "complete", String.valueOf(e.getMessage()));
                return goesOn ? List.of(found) : List.of();
            }
        } finally {
            synchronized (this) {
                for (var probe : held) {
                    probe.close();
                    ports.remove(probe.port().slot(), probe.port());
                }
                apply(up);
            }
        }
    }

    private Probe probe(TenantNet network, List<Probe> held) throws IOException {
        synchronized (this) {
            var taken = Set.copyOf(ports.keySet());
            int last = Math.min(Slot.LAST, network.subnet().lastOffset());
            var slot = IntStream.iterate(last, i -> i >= Slot.FIRST, i -> i - 1)
                    .mapToObj(offset -> new Slot(network.net(), offset))
                    .filter(each -> !taken.contains(each))
                    .findFirst()
                    .orElseThrow(() -> new ErrnoException("probe", Errno.EAGAIN, "no address is free"));
            var port = new Port(true, network, 0, new Place(slot, false, false, 0, 0));
            try (var tap = Tap.create(port.tap(), 0, 0)) {
                tap.release();
                held.add(new Probe(port, tap.fd().move()));
            }
            ports.put(slot, port);
            plug(port);
        }
        var _ = held.getLast().askGateway("");
        return held.getLast();
    }
}
