package dev.mvm.hostd.network;

import dev.mvm.linux.netdev.InterfaceName;
import dev.mvm.model.TenantNet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The packet filter of all tenants as one document that replaces the former one in a single transaction. Pure: what is
/// permitted follows from the signed state and from who is connected. The rules are always the same ones; networks and
/// ports are elements of the sets that they ask.
///
/// Table `inet mvm`: of what comes from a tenant's bridge or goes to one, only this is forwarded: back into the same
/// bridge; from guests whose pool has `egress` out by the uplink, with the node's address, but never to
/// addresses where clouds have their metadata, nor to addresses of tenants; and the answers to that. Else nothing is
/// forwarded from the uplink. A tenant reaches its own gateway with echo requests and nothing else of the node.
///
/// Table `bridge mvm`: a port sends only with the hardware address and the IPv4 address of its slot, in Ethernet, in
/// IPv4 and in ARP, and never to those addresses; IPv6 and everything else is dropped at the port.
///
/// Table `arp mvm` counts who is asked for on its tenant's network, by a guest or by the node.
///
/// A bridge takes frames for link-local groups (01:80:c2:00:00:02 to 0f, IEEE 802.1Q 8.6.3) in as its port's, ahead of
/// table `bridge mvm`. Tables `inet mvm` and `arp mvm` drop whatever the node receives from a port itself.
final class Ruleset {
    private static final String IN = "{'meta':{'key':'iifname'}}";
    private static final String OUT = "{'meta':{'key':'oifname'}}";
    private static final String FROM_TENANT = match("==", IN, "'br-tenant-*'");
    private static final String TO_TENANT = match("==", OUT, "'br-tenant-*'");
    private static final String FROM_PORT = match("==", IN, "'tn*'");
    private static final String TENANTS = "{'prefix':{'addr':'10.240.0.0','len':12}}";
    // link-local, as of most clouds, and the addresses of Azure, Alibaba and Oracle
    private static final String METADATA =
            "{'set':[{'prefix':{'addr':'169.254.0.0','len':16}},'168.63.129.16','100.100.100.200','192.0.0.192']}";
    private static final String ANSWER = match("in", "{'ct':{'key':'state'}}", "{'set':['established','related']}");

    private final List<String> commands = new ArrayList<>();
    private String family = "";

    private Ruleset() {}

    /// The document for libnftables.
    ///
    /// @param held places that somebody has, whether anything runs there or not
    static String of(
            Collection<TenantNet> networks,
            Collection<Port> ports,
            Collection<BridgeAddress> held,
            Optional<InterfaceName> uplink) {
        var rules = new Ruleset();
        rules.table("inet");
        rules.set("own", "'ifname','ifname'", networks.stream().map(n -> concat(n.bridge(), n.bridge())));
        var gateways = networks.stream().map(n -> concat(n.bridge(), n.gateway().toString()));
        rules.set("gateways", "'ifname','ipv4_addr'", gateways);
        var egress = ports.stream().filter(p -> p.egress() && networks.contains(p.network()));
        rules.set(
                "egress",
                "'ifname','ipv4_addr'",
                egress.map(p -> concat(p.network().bridge(), p.address())));
        rules.forward(uplink);
        rules.chain("input", "'type':'filter','hook':'input','prio':0");
        var echo = match("==", field("icmp", "type"), "'echo-request'");
        rules.rule("input", "accept", in("gateways", IN, field("ip", "daddr")), echo);
        rules.rule("input", "drop", FROM_TENANT);
        rules.chain("prerouting", "'type':'filter','hook':'prerouting','prio':-300"); // ahead of connection tracking
        rules.rule("prerouting", "drop", FROM_PORT);
        rules.table("bridge");
        var sources = ports.stream().map(p -> concat(p.slot().tap(), p.slot().mac(), p.address()));
        rules.set("sources", "'ifname','ether_addr','ipv4_addr'", sources);
        rules.ports();
        rules.table("arp");
        rules.asked(held);
        return "{\"nftables\":[" + String.join(",", rules.commands).replace('\'', '"') + "]}";
    }

    private void forward(Optional<InterfaceName> uplink) {
        var from = field("ip", "saddr");
        var to = field("ip", "daddr");
        chain("forward", "'type':'filter','hook':'forward','prio':0");
        rule("forward", "drop", FROM_TENANT, match("==", to, METADATA));
        rule("forward", "accept", in("own", IN, OUT)); // where br_netfilter is, frames within a bridge come by
        uplink.map(name -> "'" + name + "'").ifPresent(name -> {
            var out = match("==", OUT, name);
            rule("forward", "accept", out, in("egress", IN, from), match("!=", to, TENANTS));
            rule("forward", "accept", match("==", IN, name), TO_TENANT, ANSWER);
            rule("forward", "drop", match("==", IN, name));
            chain("uplink", "'type':'nat','hook':'postrouting','prio':100");
            rule("uplink", "masquerade", out, match("==", from, TENANTS));
        });
        rule("forward", "drop", FROM_TENANT);
        rule("forward", "drop", TO_TENANT);
    }

    private void ports() {
        var mac = field("ether", "saddr");
        var sender = field("arp", "saddr ip");
        var ip = match("==", field("ether", "type"), "'ip'");
        var arp = match("==", field("ether", "type"), "'arp'");
        chain("prerouting", "'type':'filter','hook':'prerouting','prio':-200");
        rule("prerouting", "drop", FROM_PORT, ip, match("==", field("ip", "daddr"), METADATA));
        rule("prerouting", "accept", FROM_PORT, ip, in("sources", IN, mac, field("ip", "saddr")));
        var truthful = in("sources", IN, field("arp", "saddr ether"), sender);
        rule("prerouting", "accept", FROM_PORT, arp, in("sources", IN, mac, sender), truthful);
        rule("prerouting", "drop", FROM_PORT);
    }

    private void asked(Collection<BridgeAddress> held) {
        add("set", "'name':'asked','type':['ifname','ipv4_addr'],'stmt':[{'counter':null}]");
        elements("asked", held.stream().map(place -> concat(place.bridge(), place.address())));
        var question = match("==", field("arp", "operation"), "'request'");
        chain("input", "'type':'filter','hook':'input','prio':0");
        rule("input", "drop", FROM_PORT);
        rule("input", "accept", question, in("asked", IN, field("arp", "daddr ip")));
        chain("output", "'type':'filter','hook':'output','prio':0");
        rule("output", "accept", question, in("asked", OUT, field("arp", "daddr ip")));
    }

    /// Begins a table. Deleting needs it to be there: adding it first makes the whole work on a fresh node, too.
    private void table(String in) {
        family = in;
        var table = "{'table':{'family':'" + family + "','name':'mvm'}}";
        commands.addAll(List.of("{'add':" + table + "}", "{'delete':" + table + "}", "{'add':" + table + "}"));
    }

    private void add(String kind, String rest) {
        commands.add("{'add':{'%s':{'family':'%s','table':'mvm',%s}}}".formatted(kind, family, rest));
    }

    private void set(String name, String types, Stream<String> elements) {
        add("set", "'name':'%s','type':[%s]".formatted(name, types));
        elements(name, elements);
    }

    private void elements(String name, Stream<String> elements) {
        var all = elements.collect(Collectors.joining(","));
        if (!all.isEmpty()) {
            add("element", "'name':'%s','elem':[%s]".formatted(name, all));
        }
    }

    private void chain(String name, String hook) {
        add("chain", "'name':'%s',%s,'policy':'accept'".formatted(name, hook));
    }

    private void rule(String chain, String verdict, String... matches) {
        var all = String.join(",", matches);
        add("rule", "'chain':'%s','expr':[%s,{'counter':null},{'%s':null}]".formatted(chain, all, verdict));
    }

    private static String concat(String... values) {
        return "{'concat':['" + String.join("','", values) + "']}";
    }

    private static String in(String set, String... key) {
        return match("==", "{'concat':[" + String.join(",", key) + "]}", "'@" + set + "'");
    }

    private static String field(String protocol, String field) {
        return "{'payload':{'protocol':'%s','field':'%s'}}".formatted(protocol, field);
    }

    private static String match(String operator, String left, String right) {
        return "{'match':{'op':'%s','left':%s,'right':%s}}".formatted(operator, left, right);
    }
}
