package dev.mvm.hostd.network;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.netdev.Tap;
import dev.mvm.model.InstanceId;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.hostd.Observation.Finding;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// Probes of tenants' networks. They hold ports of their own, in slots that are free, until [#close] removes them.
/// Used by one thread, while networks and ports stay as they are.
final class Probes implements AutoCloseable {
    private static final InstanceId NOBODY = InstanceId.of(0);

    private final Wiring wiring;
    private final Filter filter;
    private final Collection<TenantNet> networks;
    private final Map<Slot, Port> others;
    private final Map<Slot, Port> ports;
    private final List<Fd> taps = new ArrayList<>();

    /// @param networks all that are up
    /// @param others the ports of VMs
    Probes(Wiring wiring, Filter filter, Collection<TenantNet> networks, Map<Slot, Port> others) {
        this.wiring = wiring;
        this.filter = filter;
        this.networks = networks;
        this.others = others;
        this.ports = new TreeMap<>(others);
    }

    /// Probes each network, against the next one for another tenant's.
    static List<Finding> all(Wiring wiring, Filter filter, Collection<TenantNet> networks, Map<Slot, Port> others)
            throws IOException {
        var out = new ArrayList<Finding>();
        var order = List.copyOf(networks);
        for (int i = 0; i < order.size(); i++) {
            try (var probes = new Probes(wiring, filter, networks, others)) {
                out.addAll(probes.findings(order.get(i), order.get((i + 1) % order.size())));
            }
        }
        return out;
    }

    private List<Finding> findings(TenantNet network, TenantNet other) throws IOException {
        try {
            var first = port(network);
            var a = probe(first);
            var second = port(network);
            var b = probe(second);
            var c = other.equals(network) ? Optional.<Probe>empty() : Optional.of(probe(port(other)));
            var out = new ArrayList<>(Probe.shown(a, b, c));
            wiring.isolate(first);
            wiring.isolate(second);
            out.add(Probe.apart(a, b));
            return out;
        } catch (ErrnoException e) {
            return List.of(Findings.of(network.bridge() + " probe", "complete", String.valueOf(e.getMessage())));
        }
    }

    /// Chooses the last slot that is free.
    private Port port(TenantNet network) throws ErrnoException {
        int last = Math.min(Slot.LAST, network.subnet().lastOffset());
        var slot = IntStream.iterate(last, i -> i >= Slot.FIRST, i -> i - 1)
                .mapToObj(offset -> new Slot(network.net(), offset))
                .filter(each -> !ports.containsKey(each))
                .findFirst()
                .orElseThrow(() -> new ErrnoException("probe", Errno.EAGAIN, "no address is free"));
        return new Port(NOBODY, network, slot, 0, false, false);
    }

    @SuppressWarnings("MustBeClosedChecker") // closed by close()
    private Probe probe(Port port) throws IOException {
        Fd held;
        try (var tap = Tap.create(port.tap(), 0, 0)) {
            tap.release();
            held = tap.fd().move();
        }
        taps.add(held);
        ports.put(port.slot(), port);
        wiring.plug(port);
        filter.apply(networks, ports.values());
        wiring.set(port.tap(), true);
        var probe = new Probe(port, held);
        probe.awaitGateway();
        return probe;
    }

    /// Removes the ports, which end with their descriptors, and the rules for them.
    @Override
    public void close() throws IOException {
        taps.forEach(Fd::close);
        filter.apply(networks, others.values());
    }
}
