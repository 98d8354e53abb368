package dev.mvm.netd;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.model.InterfaceName;
import dev.mvm.model.TenantNet;
import java.io.IOException;
import java.util.Collection;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The rules for tenants' packets, in the language of nft(8): `rules.nft`, on a node with an uplink `uplink.nft`, and
/// the elements of their sets. Names and addresses come from classes that have no others.
final class Ruleset {
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
        var egress = ports.stream().filter(p -> p.egress() && networks.contains(p.network()));
        rules.add("inet mvm egress", egress.map(p -> place(p.network().bridge(), p.address())));
        var sources = ports.stream().map(p -> place(p.slot().tap(), p.slot().mac() + " . " + p.address()));
        rules.add("bridge mvm sources", sources);
        rules.add("arp mvm asked", held.stream().map(p -> place(p.bridge(), p.address())));
        return rules.text.toString();
    }

    private void add(String set, Stream<String> elements) {
        var all = elements.collect(Collectors.joining(", "));
        text.append(all.isEmpty() ? "" : "add element " + set + " { " + all + " }\n");
    }

    private static String place(String link, Object rest) {
        return "\"" + link + "\" . " + rest;
    }
}
