package dev.mvm.netd;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.model.InterfaceName;
import dev.mvm.model.TenantNet;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The rules for tenants' packets, in the language of nft(8): `rules.nft`, on a node with an uplink `uplink.nft`, and
/// the elements of their sets. Names and addresses come from classes that have no others.
final class Ruleset {
    /// The kernel counts in billionths of a second with 64 bits; no tap carries as much.
    private static final int MOST_MIB = 8192;

    /// The kernel keeps a burst as 32 bits of bytes.
    private static final int MOST_BURST_MIB = 4095;

    private final StringBuilder text = new StringBuilder();

    private Ruleset() {}

    private static String resource(String name) throws IOException {
        try (var in = Objects.requireNonNull(Ruleset.class.getResourceAsStream(name))) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    /// The commands for libnftables, one transaction.
    ///
    /// @param held places that somebody has, whether anything runs there or not
    static String of(
            Collection<TenantNet> networks,
            Collection<Port> ports,
            Collection<BridgeAddress> held,
            Optional<InterfaceName> uplink)
            throws IOException {
        var rules = new Ruleset();
        uplink.ifPresent(name -> rules.text.append("define uplink = \"" + name + "\"\n"));
        rules.text.append(resource("rules.nft")).append(uplink.isPresent() ? resource("uplink.nft") : "");
        rules.add("inet mvm own", networks.stream().map(n -> place(n.bridge(), "\"" + n.bridge() + "\"")));
        rules.add("inet mvm gateways", networks.stream().map(n -> place(n.bridge(), n.gateway())));
        var egress = ports.stream().filter(p -> p.place().egress() && networks.contains(p.network()));
        rules.add("inet mvm egress", egress.map(p -> place(p.network().bridge(), p.address())));
        var sources = ports.stream().map(p -> place(p.slot().tap(), p.slot().mac() + " . " + p.address()));
        rules.add("bridge mvm sources", sources);
        for (var way : List.of("from", "to")) {
            rules.add("bridge mvm " + way + "_bytes", ports.stream().flatMap(Ruleset::bytes));
            rules.add("bridge mvm " + way + "_packets", ports.stream().flatMap(Ruleset::packets));
        }
        rules.add("arp mvm asked", held.stream().map(p -> place(p.bridge(), p.address())));
        return rules.text.toString();
    }

    /// A VMM holds its guest back before that. What it lets through in two seconds may come at once.
    private static Stream<String> bytes(Port port) {
        int mib = Math.min(port.place().mib(), MOST_MIB);
        int burst = Math.min(mib, MOST_BURST_MIB); // beside a second's worth, which nft counts as well
        return limit(port, mib, " mbytes/second burst " + burst + " mbytes");
    }

    private static Stream<String> packets(Port port) {
        int packets = port.place().packets();
        return limit(port, packets, "/second burst " + 2L * packets + " packets");
    }

    private static Stream<String> limit(Port port, int rate, String unit) {
        return rate == 0 ? Stream.of() : Stream.of("\"" + port.slot().tap() + "\" limit rate over " + rate + unit);
    }

    private void add(String set, Stream<String> elements) {
        var all = elements.collect(Collectors.joining(", "));
        text.append(all.isEmpty() ? "" : "add element " + set + " { " + all + " }\n");
    }

    private static String place(String link, Object rest) {
        return "\"" + link + "\" . " + rest;
    }
}
