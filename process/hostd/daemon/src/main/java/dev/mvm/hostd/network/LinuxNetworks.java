package dev.mvm.hostd.network;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.hostd.host.Networks;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
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
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Tenants' networks in the network namespace that hostd runs in. Names and addresses come from the signed state and
/// from slots; nothing is ever looked up by a name that somebody sent.
///
/// Thread-safe.
public final class LinuxNetworks implements Networks, AutoCloseable {
    // /proc/net/dev, proc_pid_net(5)
    private static final int HEADINGS = 2;
    private static final int SENT = 9;

    private static final InstanceId NOBODY = InstanceId.of(0);

    private final Netlink netlink;
    private final Wiring wiring;
    private final Filter filter;
    private final Optional<InterfaceName> uplink;
    private final Supplier<Collection<Slot>> slots;
    private final Function<InstanceId, Optional<Set<PoolFlag>>> flags;

    /// Held by a verification, which takes ports apart that another one would look at. Taken before this object's.
    private final Object verification = new Object();

    @GuardedBy("this")
    private final Map<NetId, TenantNet> up = new LinkedHashMap<>();

    @GuardedBy("this")
    private final Map<Slot, Port> ports = new TreeMap<>();

    @GuardedBy("this")
    private Map<BridgeAddress, Slot> held = Map.of();

    /// Counted by rules that are not in force any more.
    @GuardedBy("this")
    private Map<Slot, Long> asked = Map.of();

    /// @param uplink the interface by which guests may reach the world, if there is one
    /// @param slots all that are some instance's, whether it runs or not
    /// @param flags what the state in force says of an instance's pool; empty where it says nothing
    public LinuxNetworks(
            Netlink netlink,
            Nftables nftables,
            Optional<InterfaceName> uplink,
            Supplier<Collection<Slot>> slots,
            Function<InstanceId, Optional<Set<PoolFlag>>> flags) {
        this.netlink = netlink;
        this.wiring = new Wiring(netlink);
        this.filter = new Filter(nftables);
        this.uplink = uplink;
        this.slots = slots;
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
            wiring.bridge(network);
            var next = new LinkedHashMap<>(up);
            next.put(net, network);
            apply(next);
            up.put(net, network);
        } catch (IOException e) {
            throw new StepException("network", e);
        }
    }

    /// With new rules the kernel begins to count anew, so what it has counted is added up here.
    @GuardedBy("this")
    private void apply(Map<NetId, TenantNet> networks) throws IOException {
        var counted = asked();
        var places = new HashMap<BridgeAddress, Slot>();
        slots.get()
                .forEach(slot -> Optional.ofNullable(networks.get(slot.net()))
                        .ifPresent(net -> places.put(
                                new BridgeAddress(
                                        net.bridge(), net.address(slot).toString()),
                                slot)));
        filter.apply(Ruleset.of(networks.values(), ports.values(), places.keySet(), uplink));
        held = places;
        asked = counted;
    }

    @Override
    public synchronized Map<Slot, Long> asked() {
        var out = new HashMap<>(asked);
        for (var counted : filter.asked().entrySet()) {
            var slot = held.get(counted.getKey());
            if (slot != null) {
                out.merge(slot, counted.getValue(), Long::sum);
            }
        }
        return out;
    }

    @Override
    public Map<String, Long> traffic() {
        try {
            return Files.readAllLines(Path.of("/proc/self/net/dev"), ISO_8859_1).stream()
                    .skip(HEADINGS)
                    .map(line ->
                            line.strip().split("[: ]+", -1)) // the name, eight numbers of what came, then what went
                    .collect(Collectors.toMap(f -> f[0], f -> Long.parseLong(f[1]) + Long.parseLong(f[SENT])));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // without /proc there would be no hostd
        }
    }

    @Override
    public synchronized void stateChanged(InstalledState state) throws StepException {
        var wanted = new HashSet<TenantNet>();
        state.state().value().tenants().forEach(tenant -> wanted.add(tenant.network()));
        try {
            ports.values().removeIf(port -> port.instance().equals(NOBODY)); // the taps are swept, so probes end
            up.values().removeIf(network -> !wanted.contains(network));
            ports.replaceAll((slot, port) -> port(port.instance(), port.network(), slot, port.uid()));
            apply(up);
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

    /// Returns the flags of the instance's pool in the state in force; without such a pool the strictest.
    public Set<PoolFlag> flags(InstanceId instance) {
        return flags.apply(instance).orElse(Set.of(PoolFlag.ISOLATED, PoolFlag.STRICT));
    }

    /// A pool that the state in force does not have is trusted with nothing.
    private Port port(InstanceId instance, TenantNet network, Slot slot, int uid) {
        var all = flags(instance);
        return new Port(instance, network, slot, uid, all.contains(PoolFlag.ISOLATED), all.contains(PoolFlag.EGRESS));
    }

    /// Makes a VM's tap, which `uid` may attach to, in the VM's own network namespace, in which there is
    /// nothing else; it stays there until [#fetch].
    ///
    /// @param tun `/dev/net/tun`, opened in that namespace; a VMM that has no copy of it attaches once it is closed
    public synchronized void prepare(Slot slot, int uid, Fd tun) throws StepException {
        try {
            var name = new InterfaceName(slot.tap());
            wiring.remove(name); // of a VM that has ended, or of a probe: the slot has one owner, which is starting now
            ports.remove(slot);
            Tap.create(tun, name, uid, uid);
        } catch (IOException e) {
            throw new StepException("tap", e);
        }
    }

    /// Takes the tap, to which the VMM is attached by then, out of the VM's namespace and connects it.
    ///
    /// @param route an rtnetlink socket of that namespace, which this closes
    public synchronized void fetch(InstanceId instance, TenantNet network, Slot slot, int uid, Fd route)
            throws StepException {
        var port = port(instance, network, slot, uid);
        try (var inside = Netlink.own(route);
                var here = Fd.open(Path.of("/proc/self/ns/net"))) {
            inside.move(Wiring.existing(inside, port.tap()).index(), here);
            plug(port);
        } catch (IOException e) {
            throw new StepException("tap", e);
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

    /// A VM that an earlier hostd has connected, and that still runs: all of its network is made what it should be.
    ///
    /// @return false if its tap is not there any more
    public synchronized boolean adopt(InstanceId instance, TenantNet network, Slot slot, int uid) throws StepException {
        var port = port(instance, network, slot, uid);
        try {
            if (!wiring.has(port)) {
                return false;
            }
            wiring.bridge(network);
            up.put(network.net(), network);
            plug(port);
            return true;
        } catch (IOException e) {
            throw new StepException("network", e);
        }
    }

    /// Takes a VM off its network and removes its tap, if there is one.
    public synchronized void disconnect(Slot slot) throws StepException {
        try {
            wiring.remove(new InterfaceName(slot.tap()));
            if (ports.remove(slot) != null) {
                apply(up);
            }
        } catch (IOException e) {
            throw new StepException("tap", e);
        }
    }

    /// While it waits for answers to probes, all but another verification goes on.
    @Override
    public List<Finding> verify(boolean deep) throws StepException {
        synchronized (verification) {
            try {
                var out = new ArrayList<Finding>();
                var networks = new ArrayList<TenantNet>();
                synchronized (this) {
                    if (uplink.isPresent()) {
                        int forwards = Wiring.read(InterfaceSetting.FORWARDING, uplink.get());
                        out.add(Findings.of(uplink.get() + " forwards", 1, forwards));
                    }
                    if (!up.isEmpty()) { // else there is what an earlier hostd has left
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
                        .limit(HostReply.Found.MOST)
                        .toList();
            } catch (IOException e) {
                throw new StepException("network", e);
            }
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
            var port = new Port(NOBODY, network, slot, 0, false, false);
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

    @Override
    public void close() {
        netlink.close();
    }
}
