package dev.mvm.hostd.network;

import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.linux.netdev.InterfaceName;
import dev.mvm.linux.nftables.Nftables;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.hostd.Observation.Finding;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The packet filter in force, and the ARP requests that it has counted. Not thread-safe.
final class Filter {
    private static final String LIST_ASKED =
            "{\"nftables\":[{\"list\":{\"set\":{\"family\":\"arp\",\"table\":\"mvm\",\"name\":\"asked\"}}}]}";
    private static final Pattern ASKED =
            Pattern.compile("\\[\"([^\"]+)\", \"([^\"]+)\"]}, \"counter\": \\{\"packets\": ([1-9][0-9]*)");

    private final Nftables nftables;
    private final Optional<InterfaceName> uplink;
    private final Supplier<Collection<Slot>> slots;
    private Map<BridgeAddress, Slot> held = Map.of();

    /// Counted by rules that are not in force any more.
    private Map<Slot, Long> asked = Map.of();

    /// @param uplink the interface by which guests may reach the world, if there is one
    /// @param slots the slots of all instances, running or not
    Filter(Nftables nftables, Optional<InterfaceName> uplink, Supplier<Collection<Slot>> slots) {
        this.nftables = nftables;
        this.uplink = uplink;
        this.slots = slots;
    }

    /// Puts the rules for `networks` and `ports` in force. The kernel then counts from zero again, so its counts are
    /// added up here first.
    void apply(Collection<TenantNet> networks, Collection<Port> ports) throws IOException {
        var counted = asked();
        var byNet = networks.stream().collect(Collectors.toMap(TenantNet::net, Function.identity()));
        var addresses = new HashMap<BridgeAddress, Slot>();
        slots.get()
                .forEach(slot -> Optional.ofNullable(byNet.get(slot.net()))
                        .ifPresent(net -> addresses.put(
                                new BridgeAddress(
                                        net.bridge(), net.address(slot).toString()),
                                slot)));
        nftables.apply(Ruleset.of(networks, ports, addresses.keySet(), uplink));
        held = addresses;
        asked = counted;
    }

    /// Returns the number of ARP requests for each slot's address. A slot without any may be missing.
    Map<Slot, Long> asked() {
        var out = new HashMap<>(asked);
        counters().forEach((address, count) -> {
            var slot = held.get(address);
            if (slot != null) {
                out.merge(slot, count, Long::sum);
            }
        });
        return out;
    }

    /// Returns the counters of the rules in force that are not zero.
    private Map<BridgeAddress, Long> counters() {
        try {
            return ASKED.matcher(nftables.apply(LIST_ASKED))
                    .results()
                    .collect(Collectors.toMap(
                            m -> new BridgeAddress(m.group(1), m.group(2)), m -> Long.parseLong(m.group(3))));
        } catch (IOException e) {
            return Map.of(); // no rules, or others than ours: [#look] finds that
        }
    }

    /// Compares the rules in force with those for `networks` and `ports`: with what reads back of these in an empty
    /// namespace, so that the kernel's spelling of a rule does not matter.
    Finding look(Collection<TenantNet> networks, Collection<Port> ports) throws IOException {
        List<String> must;
        try (var elsewhere = NetworkNamespace.create()) {
            must = elsewhere.call(() -> {
                nftables.apply(Ruleset.of(networks, ports, held.keySet(), uplink));
                return rules();
            });
        }
        var is = rules();
        var missing = new ArrayList<>(must);
        is.forEach(missing::remove);
        var surplus = new ArrayList<>(is);
        must.forEach(surplus::remove);
        if (missing.isEmpty() && surplus.isEmpty()) {
            return Findings.of("rules", must, is.equals(must) ? must : "in another order");
        }
        return Findings.of("rules", missing, surplus);
    }

    /// Returns our rules, without the kernel's counters and handles.
    private List<String> rules() throws IOException {
        var text = nftables.ruleset()
                .replaceAll(",? *\"handle\": [0-9]+", "")
                .replaceAll("(\"packets\"|\"bytes\"): [0-9]+", "$1");
        return Stream.of(text.split("(?=\\{\"(?:table|chain|set|rule)\": )", -1))
                .filter(line -> line.contains("\"mvm\""))
                .map(line -> line.replaceAll("[],} ]+$", ""))
                .toList();
    }
}
