package dev.mvm.protocol.trust.attack;

import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.NetId;
import dev.mvm.model.NodeId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.authoring.DefaultSubnet;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// States that are well formed and signed as they should be, by a coordinator that wants more than it was granted.
public final class StateAttacks {
    private static final Digest OTHER = Digest.of(new byte[] {0x66});

    private final Position position;
    private final Ceremony.Key stateKey;
    private final Instant clock;
    private final List<Attack> all = new ArrayList<>();

    /// By somebody who holds the key of role `state`.
    ///
    /// @param clock the node's
    public StateAttacks(Position position, Ceremony.Key stateKey, Instant clock) {
        this.position = position;
        this.stateKey = stateKey;
        this.clock = clock;
    }

    /// All of them.
    public List<Attack> all() {
        all.clear();
        order();
        time();
        tenants();
        networks();
        quotas();
        pools();
        return List.copyOf(all);
    }

    private void add(String name, NodeState state, DocumentReason reason) {
        all.add(Attack.state(name, Ceremony.signed(DocumentType.NODE_STATE, Payloads.of(state), stateKey), reason));
    }

    private void order() {
        var now = position.state().value();
        add("an earlier number", position.numbered(1, Optional.empty()), DocumentReason.REPLAYED);
        add(
                "the same number, other content",
                position.numbered(now.sequence(), Optional.of(OTHER)),
                DocumentReason.EQUIVOCATION);
        add(
                "another predecessor",
                position.numbered(now.sequence() + 1, Optional.of(OTHER)),
                DocumentReason.BROKEN_CHAIN);
        add("no predecessor", position.numbered(now.sequence() + 1, Optional.empty()), DocumentReason.BROKEN_CHAIN);
        var next = position.next();
        var elsewhere = new NodeState(
                new NodeId("n-another"),
                next.sequence(),
                next.previous(),
                next.issuedAt(),
                next.expires(),
                next.grants(),
                next.tenants());
        add("another node's", elsewhere, DocumentReason.WRONG_NODE);
    }

    private void time() {
        var now = position.state().value();
        add("issued before the one in force", position.issued(now.issuedAt().minusSeconds(1)), DocumentReason.REPLAYED);
        add(
                "issued in the future",
                position.issued(clock.plus(Verifier.SKEW).plusSeconds(60)),
                DocumentReason.NOT_YET_VALID);
        add("issued in ten years", position.issued(clock.plus(Duration.ofDays(3650))), DocumentReason.NOT_YET_VALID);
        add("expired yesterday", position.issued(clock.minus(Duration.ofDays(1))), DocumentReason.EXPIRED);
    }

    private void tenants() {
        add("grants that are not named", position.relyingOn(List.of()), DocumentReason.NO_GRANT);
        add("a grant that nobody has", position.relyingOn(List.of(OTHER)), DocumentReason.NO_GRANT);
        var tenant = position.tenant();
        var stranger = new NodeState.Tenant(
                new TenantId("stranger"), network(4000), tenant.quotas(), tenant.pools(), List.of());
        add("a tenant without a grant", position.of(plus(stranger)), DocumentReason.NO_GRANT);
    }

    private void networks() {
        var tenant = position.tenant();
        add("another net id", position.of(first(tenant, network(4001))), DocumentReason.BEYOND_GRANT_NETWORK);
        var own = tenant.network();
        add(
                "another subnet",
                position.of(first(tenant, new TenantNet(own.net(), DefaultSubnet.of(new NetId(4002))))),
                DocumentReason.BEYOND_GRANT_NETWORK);
        add(
                "a subnet that is larger",
                position.of(first(tenant, new TenantNet(own.net(), Subnet.parse("10.248.0.0/14")))),
                DocumentReason.BEYOND_GRANT_NETWORK);
        for (var other : position.state().value().tenants()) {
            if (!other.equals(tenant)) {
                add(
                        "the net of another tenant",
                        position.of(first(tenant, other.network())),
                        DocumentReason.NETWORK_CONFLICT);
                var overlapping = new TenantNet(own.net(), other.network().subnet());
                add(
                        "the subnet of another tenant",
                        position.of(first(tenant, overlapping)),
                        DocumentReason.NETWORK_CONFLICT);
            }
        }
    }

    private void quotas() {
        var raised = Ceremony.raised(position.grant().quotas());
        for (int i = 0; i < raised.size(); i++) {
            var tenant = position.tenant();
            var more =
                    new NodeState.Tenant(tenant.tenant(), tenant.network(), raised.get(i), tenant.pools(), List.of());
            add("quota " + (i + 1) + " raised by one", position.of(instead(more)), DocumentReason.BEYOND_GRANT_QUOTA);
        }
        var none = new Quotas(0, 0, 0, 0, 1, 1, 0, Quotas.UNLIMITED);
        var tenant = position.tenant();
        var pool = with(tenant.pools().getFirst(), new Counts(1, 0, 0));
        var starved = new NodeState.Tenant(tenant.tenant(), tenant.network(), none, List.of(pool), List.of());
        add("counts beyond the state's own quotas", position.of(instead(starved)), DocumentReason.OVER_QUOTA);
    }

    private void pools() {
        var pool = position.tenant().pools().getFirst();
        var granted = position.grant().pool(pool.pool()).orElseThrow();
        var ceiling = granted.ceiling();
        var resources = Stream.of(
                new Resources(ceiling.vcpus() + 1, ceiling.memMib(), ceiling.diskGib()),
                new Resources(ceiling.vcpus(), ceiling.memMib() + 1, ceiling.diskGib()),
                new Resources(ceiling.vcpus(), ceiling.memMib(), ceiling.diskGib() + 1));
        resources.forEach(more -> pool(
                "instances of " + more,
                new NodeState.Pool(pool.pool(), pool.revision(), more, pool.counts(), pool.flags(), Rates.UNLIMITED),
                DocumentReason.BEYOND_GRANT_RESOURCES));
        int most = granted.count().max();
        pool("one running instance more", with(pool, new Counts(most + 1, 0, 0)), DocumentReason.BEYOND_GRANT_COUNT);
        pool("one warm instance more", with(pool, new Counts(most, 1, 0)), DocumentReason.BEYOND_GRANT_COUNT);
        pool("one sleeping instance more", with(pool, new Counts(most, 0, 1)), DocumentReason.BEYOND_GRANT_COUNT);
        pool(
                "another revision",
                new NodeState.Pool(pool.pool(), OTHER, pool.resources(), pool.counts(), pool.flags(), Rates.UNLIMITED),
                DocumentReason.BEYOND_GRANT_REVISION);
        pool(
                "a pool that was not granted",
                new NodeState.Pool(
                        new PoolId("stranger"),
                        pool.revision(),
                        pool.resources(),
                        pool.counts(),
                        pool.flags(),
                        Rates.UNLIMITED),
                DocumentReason.BEYOND_GRANT_POOL);
        for (var flag : EnumSet.allOf(PoolFlag.class)) {
            if (!granted.flags().contains(flag)) {
                pool(
                        "flag " + flag.word(),
                        new NodeState.Pool(
                                pool.pool(),
                                pool.revision(),
                                pool.resources(),
                                pool.counts(),
                                Set.of(flag),
                                Rates.UNLIMITED),
                        DocumentReason.BEYOND_GRANT_FLAG);
            }
        }
    }

    private void pool(String name, NodeState.Pool pool, DocumentReason reason) {
        var tenant = position.tenant();
        var changed = new NodeState.Tenant(
                tenant.tenant(), tenant.network(), position.grant().quotas(), List.of(pool), List.of());
        add(name, position.of(instead(changed)), reason);
    }

    private static NodeState.Pool with(NodeState.Pool pool, Counts counts) {
        return new NodeState.Pool(
                pool.pool(), pool.revision(), pool.resources(), counts, pool.flags(), Rates.UNLIMITED);
    }

    private static TenantNet network(int net) {
        return new TenantNet(new NetId(net), DefaultSubnet.of(new NetId(net)));
    }

    private List<NodeState.Tenant> first(NodeState.Tenant tenant, TenantNet network) {
        return instead(new NodeState.Tenant(tenant.tenant(), network, tenant.quotas(), tenant.pools(), List.of()));
    }

    private List<NodeState.Tenant> instead(NodeState.Tenant changed) {
        var tenants = new ArrayList<>(position.state().value().tenants());
        tenants.set(0, changed);
        return tenants;
    }

    private List<NodeState.Tenant> plus(NodeState.Tenant added) {
        var tenants = new ArrayList<>(position.state().value().tenants());
        tenants.add(added);
        return tenants;
    }
}
