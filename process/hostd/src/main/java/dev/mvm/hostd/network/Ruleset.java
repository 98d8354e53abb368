package dev.mvm.hostd.network;

import dev.mvm.json.Json;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// The packet filter of all tenants as one document that replaces the former one in a single transaction. Pure:
/// what is permitted follows from the signed networks and from who is connected.
///
/// Table `inet mvm`: nothing is forwarded from or to a tenant's bridge but back into the same one, so no tenant
/// reaches another; a tenant reaches its own gateway with echo requests and nothing else of the node. Traffic that
/// touches no tenant's bridge is not looked at.
///
/// Table `bridge mvm`: a port sends only with the hardware address and the IPv4 address of its slot, in Ethernet,
/// in IPv4 and in ARP; IPv6 and everything else is dropped at the port.
final class Ruleset {
    private static final String TABLE = "mvm";
    private static final String ANY_BRIDGE = "br-tenant-*";
    private static final String ANY_TAP = "tn*";
    private static final int FILTER = 0;
    private static final int BRIDGE_FILTER = -200;

    /// A VM that is connected.
    record Port(TenantNet network, Slot slot) {}

    private final List<Json> commands = new ArrayList<>();

    private Ruleset() {}

    /// The document for libnftables.
    static String of(Collection<TenantNet> networks, Collection<Port> ports) {
        var ruleset = new Ruleset();
        for (var family : List.of("inet", "bridge")) {
            // deleting needs the table to be there: adding it first makes the whole work on a fresh node, too
            ruleset.add("table", table(family));
            ruleset.command("delete", "table", table(family));
            ruleset.add("table", table(family));
        }
        ruleset.inet(networks);
        ruleset.bridge(ports);
        return new String(
                Json.object().put("nftables", ruleset.commands).end().bytes(),
                java.nio.charset.StandardCharsets.US_ASCII);
    }

    private void inet(Collection<TenantNet> networks) {
        chain("inet", "forward", "forward", FILTER);
        for (var network : networks) {
            // on nodes with br_netfilter, frames between two ports of one bridge come by here as well
            var bridge = Json.of(network.bridge());
            rule("inet", "forward", matches(match(meta("iifname"), bridge), match(meta("oifname"), bridge)), accept());
        }
        rule("inet", "forward", matches(match(meta("iifname"), Json.of(ANY_BRIDGE))), drop());
        rule("inet", "forward", matches(match(meta("oifname"), Json.of(ANY_BRIDGE))), drop());
        chain("inet", "input", "input", FILTER);
        for (var network : networks) {
            rule(
                    "inet",
                    "input",
                    matches(
                            match(meta("iifname"), Json.of(network.bridge())),
                            match(
                                    payload("ip", "daddr"),
                                    Json.of(network.gateway().toString())),
                            match(payload("icmp", "type"), Json.of("echo-request"))),
                    accept());
        }
        rule("inet", "input", matches(match(meta("iifname"), Json.of(ANY_BRIDGE))), drop());
    }

    private void bridge(Collection<Port> ports) {
        set("sources", "ifname", "ether_addr", "ipv4_addr");
        for (var port : ports) {
            var slot = port.slot();
            var address = port.network().address(slot).toString();
            element("sources", slot.tap(), slot.mac(), address);
        }
        chain("bridge", "prerouting", "prerouting", BRIDGE_FILTER);
        var port = match(meta("iifname"), Json.of(ANY_TAP));
        rule(
                "bridge",
                "prerouting",
                matches(
                        port,
                        match(payload("ether", "type"), Json.of("ip")),
                        in("sources", meta("iifname"), payload("ether", "saddr"), payload("ip", "saddr"))),
                accept());
        rule(
                "bridge",
                "prerouting",
                matches(
                        port,
                        match(payload("ether", "type"), Json.of("arp")),
                        in("sources", meta("iifname"), payload("ether", "saddr"), payload("arp", "saddr ip")),
                        in("sources", meta("iifname"), payload("arp", "saddr ether"), payload("arp", "saddr ip"))),
                accept());
        rule("bridge", "prerouting", matches(port), drop());
    }

    private void add(String kind, Json object) {
        command("add", kind, object);
    }

    private void command(String verb, String kind, Json object) {
        commands.add(
                Json.object().put(verb, Json.object().put(kind, object).end()).end());
    }

    private static Json table(String family) {
        return Json.object().put("family", family).put("name", TABLE).end();
    }

    private void chain(String family, String name, String hook, int priority) {
        add(
                "chain",
                Json.object()
                        .put("family", family)
                        .put("table", TABLE)
                        .put("name", name)
                        .put("type", "filter")
                        .put("hook", hook)
                        .put("prio", priority)
                        .put("policy", "accept")
                        .end());
    }

    private void rule(String family, String chain, List<Json> matches, Json verdict) {
        var expressions = new ArrayList<>(matches);
        expressions.add(Json.object().put("counter", new Json.Null()).end());
        expressions.add(verdict);
        add(
                "rule",
                Json.object()
                        .put("family", family)
                        .put("table", TABLE)
                        .put("chain", chain)
                        .put("expr", expressions)
                        .end());
    }

    private void set(String name, String... types) {
        add(
                "set",
                Json.object()
                        .put("family", "bridge")
                        .put("table", TABLE)
                        .put("name", name)
                        .put("type", texts(types))
                        .end());
    }

    private void element(String set, String... parts) {
        var value = Json.object().put("concat", texts(parts)).end();
        add(
                "element",
                Json.object()
                        .put("family", "bridge")
                        .put("table", TABLE)
                        .put("name", set)
                        .put("elem", List.of(value))
                        .end());
    }

    private static List<Json> texts(String... values) {
        return List.of(values).stream().map(Json::of).toList();
    }

    private static List<Json> matches(Json... all) {
        return List.of(all);
    }

    private static Json match(Json left, Json right) {
        return Json.object()
                .put(
                        "match",
                        Json.object()
                                .put("op", "==")
                                .put("left", left)
                                .put("right", right)
                                .end())
                .end();
    }

    private static Json in(String set, Json... key) {
        return match(Json.object().put("concat", List.of(key)).end(), Json.of("@" + set));
    }

    private static Json meta(String key) {
        return Json.object().put("meta", Json.object().put("key", key).end()).end();
    }

    private static Json payload(String protocol, String field) {
        return Json.object()
                .put(
                        "payload",
                        Json.object()
                                .put("protocol", protocol)
                                .put("field", field)
                                .end())
                .end();
    }

    private static Json accept() {
        return Json.object().put("accept", new Json.Null()).end();
    }

    private static Json drop() {
        return Json.object().put("drop", new Json.Null()).end();
    }
}
