package dev.mvm.protocol.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.NetId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A state that lies beyond its grant by one, for each limit there is.
final class StateWithinGrantsTest {
    private final Ceremony ceremony = new Ceremony();
    private final Verified<Grant> grant = ceremony.verified(limited(2_560));
    private final Quotas quotas = grant.value().quotas();

    /// The grant of [Ceremony], with so much memory of sleeping instances.
    private static Grant limited(int sleepingMemMib) {
        var g = Ceremony.grant(Ceremony.DEMO, 0);
        var quotas = new Quotas(20, 5120, 10, 10, 4, 10, 100, sleepingMemMib);
        return new Grant(
                g.tenant(),
                g.version(),
                g.network(),
                g.notBefore(),
                g.expires(),
                quotas,
                g.pools(),
                g.runtimes(),
                g.keys(),
                g.mode());
    }

    /// 5 running, 4 warm and 1 sleeping instances of 2 vCPUs and 512 MiB, 10 GiB: as many as are granted.
    private NodeState.Pool full() {
        return new NodeState.Pool(
                Ceremony.WEB,
                Ceremony.REVISION,
                new Resources(2, 512, 10),
                new Counts(5, 4, 1),
                Set.of(PoolFlag.EXEC, PoolFlag.METADATA),
                Rates.UNLIMITED);
    }

    private void check(TenantNet network, Quotas wanted, NodeState.Pool... pools) throws RefusedException {
        check(List.of(new NodeState.Tenant(Ceremony.DEMO, network, wanted, List.of(pools), List.of())));
    }

    private void check(List<NodeState.Tenant> tenants) throws RefusedException {
        var state = new NodeState(
                Ceremony.NODE,
                1,
                Optional.empty(),
                Ceremony.NOW,
                Ceremony.NOW.plusSeconds(60),
                List.of(grant.digest()),
                tenants);
        StateWithinGrants.check(state, NodeMode.DEV, Map.of(Ceremony.DEMO, grant), HighWaterMark.NONE);
    }

    private void refused(DocumentReason reason, TenantNet network, Quotas wanted, NodeState.Pool... pools) {
        assertThatThrownBy(() -> check(network, wanted, pools))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    private void refused(DocumentReason reason, NodeState.Pool... pools) {
        refused(reason, Ceremony.network(0), quotas, pools);
    }

    @Test
    void exactlyWhatIsGranted_isWithin() {
        assertThatCode(() -> check(Ceremony.network(0), quotas, full())).doesNotThrowAnyException();
    }

    private Verified<Grant> with(NodeMode mode, Rates rates) {
        var value = grant.value();
        var pools = value.pools().stream()
                .map(pool -> new Grant.Pool(
                        pool.pool(), pool.revisions(), pool.ceiling(), pool.count(), pool.flags(), rates))
                .toList();
        return ceremony.verified(new Grant(
                value.tenant(),
                value.version(),
                value.network(),
                value.notBefore(),
                value.expires(),
                value.quotas(),
                pools,
                List.of(Ceremony.RUNTIME),
                value.keys(),
                mode));
    }

    private void checkOn(NodeMode node, Verified<Grant> granted, Rates rates) throws RefusedException {
        var pool = full();
        var limited =
                new NodeState.Pool(pool.pool(), pool.revision(), pool.resources(), pool.counts(), pool.flags(), rates);
        var tenant = new NodeState.Tenant(Ceremony.DEMO, Ceremony.network(0), quotas, List.of(limited), List.of());
        var state = new NodeState(
                Ceremony.NODE,
                1,
                Optional.empty(),
                Ceremony.NOW,
                Ceremony.NOW.plusSeconds(60),
                List.of(granted.digest()),
                List.of(tenant));
        StateWithinGrants.check(state, node, Map.of(Ceremony.DEMO, granted), HighWaterMark.NONE);
    }

    /// Whatever the state says, a node in dev mode has no tenant whose operators demand hardened ones.
    @Test
    @Tag("claim-T4")
    void tenantForHardenedNodes_isOnNoOther() throws Exception {
        var demanding = with(NodeMode.HARDENED, Rates.UNLIMITED);
        checkOn(NodeMode.HARDENED, demanding, Rates.UNLIMITED);
        checkOn(NodeMode.HARDENED, with(NodeMode.DEV, Rates.UNLIMITED), Rates.UNLIMITED);
        checkOn(NodeMode.DEV, with(NodeMode.DEV, Rates.UNLIMITED), Rates.UNLIMITED);
        assertThatThrownBy(() -> checkOn(NodeMode.DEV, demanding, Rates.UNLIMITED))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.reason()).isEqualTo(DocumentReason.BEYOND_GRANT_MODE));
    }

    /// 0 is no limit, and so beyond any limit.
    @Test
    @Tag("claim-T4")
    void eachRateRaisedOrTakenAway_isBeyond() throws Exception {
        var limited = with(NodeMode.DEV, new Rates(10, 20, 30, 40));
        checkOn(NodeMode.DEV, limited, new Rates(10, 20, 30, 40));
        checkOn(NodeMode.DEV, limited, new Rates(1, 1, 1, 1));
        checkOn(NodeMode.DEV, with(NodeMode.DEV, Rates.UNLIMITED), new Rates(10, 0, 1_000_000, 1));
        for (var beyond : List.of(
                new Rates(11, 20, 30, 40),
                new Rates(10, 21, 30, 40),
                new Rates(10, 20, 31, 40),
                new Rates(10, 20, 30, 41),
                new Rates(0, 20, 30, 40),
                new Rates(10, 0, 30, 40),
                new Rates(10, 20, 0, 40),
                new Rates(10, 20, 30, 0),
                Rates.UNLIMITED)) {
            assertThatThrownBy(() -> checkOn(NodeMode.DEV, limited, beyond))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            e -> assertThat(e.reason()).isEqualTo(DocumentReason.BEYOND_GRANT_RATES));
        }
    }

    @Test
    @Tag("claim-T4")
    void anotherNetwork_isBeyond() {
        refused(DocumentReason.BEYOND_GRANT_NETWORK, Ceremony.network(1), quotas, full());
        var wider = new TenantNet(new NetId(0), Subnet.parse("10.240.0.0/23"));
        refused(DocumentReason.BEYOND_GRANT_NETWORK, wider, quotas, full());
    }

    @Test
    @Tag("claim-T4")
    void eachQuotaRaisedByOne_isBeyond() {
        assertThat(Ceremony.raised(quotas)).hasSize(8);
        for (var raised : Ceremony.raised(quotas)) {
            refused(DocumentReason.BEYOND_GRANT_QUOTA, Ceremony.network(0), raised, full());
        }
    }

    @Test
    @Tag("claim-T4")
    void noLimitOfSleepers_isBeyondAnyLimit() {
        var unlimited = Ceremony.grant(Ceremony.DEMO, 0).quotas();
        assertThat(unlimited.maxSleepingMemMib()).isEqualTo(Quotas.UNLIMITED);
        refused(DocumentReason.BEYOND_GRANT_QUOTA, Ceremony.network(0), unlimited, full());
    }

    @Test
    void eachQuotaLoweredByOne_isExceededByTheSameCounts() {
        for (var lowered : List.of(
                new Quotas(17, 4608, 5, 4, 1, 10, 100, 512),
                new Quotas(18, 4607, 5, 4, 1, 10, 100, 512),
                new Quotas(18, 4608, 4, 4, 1, 10, 100, 512),
                new Quotas(18, 4608, 5, 3, 1, 10, 100, 512),
                new Quotas(18, 4608, 5, 4, 0, 10, 100, 512),
                new Quotas(18, 4608, 5, 4, 1, 9, 100, 512),
                new Quotas(18, 4608, 5, 4, 1, 10, 99, 512),
                new Quotas(18, 4608, 5, 4, 1, 10, 100, 511))) {
            refused(DocumentReason.OVER_QUOTA, Ceremony.network(0), lowered, full());
        }
        assertThatCode(() -> check(Ceremony.network(0), new Quotas(18, 4608, 5, 4, 1, 10, 100, 512), full()))
                .doesNotThrowAnyException();
    }

    @Test
    @Tag("claim-T4")
    void eachResourceRaisedByOne_isBeyond() {
        for (var larger : List.of(new Resources(3, 512, 10), new Resources(2, 513, 10), new Resources(2, 512, 11))) {
            refused(
                    DocumentReason.BEYOND_GRANT_RESOURCES,
                    new NodeState.Pool(
                            Ceremony.WEB, Ceremony.REVISION, larger, new Counts(1, 0, 0), Set.of(), Rates.UNLIMITED));
        }
    }

    @Test
    @Tag("claim-T4")
    void anotherRevision_isBeyond() {
        var other = Digest.of(new byte[] {2});
        for (var revision : List.of(other, Ceremony.SOME)) {
            refused(
                    DocumentReason.BEYOND_GRANT_REVISION,
                    new NodeState.Pool(
                            Ceremony.WEB,
                            revision,
                            new Resources(1, 64, 0),
                            new Counts(1, 0, 0),
                            Set.of(),
                            Rates.UNLIMITED));
        }
    }

    @Test
    @Tag("claim-T4")
    void oneInstanceMore_isBeyond() {
        for (var counts : List.of(new Counts(11, 0, 0), new Counts(5, 5, 1), new Counts(0, 0, 11))) {
            refused(
                    DocumentReason.BEYOND_GRANT_COUNT,
                    new NodeState.Pool(
                            Ceremony.WEB,
                            Ceremony.REVISION,
                            new Resources(1, 64, 0),
                            counts,
                            Set.of(),
                            Rates.UNLIMITED));
        }
    }

    @Test
    @Tag("claim-T4")
    void flagAndPoolThatWereNotGranted_areBeyond() {
        for (var flag : List.of(
                PoolFlag.PINNED,
                PoolFlag.CRITICAL,
                PoolFlag.EGRESS,
                PoolFlag.ISOLATED,
                PoolFlag.STRICT,
                PoolFlag.INTEGRITY)) {
            refused(
                    DocumentReason.BEYOND_GRANT_FLAG,
                    new NodeState.Pool(
                            Ceremony.WEB,
                            Ceremony.REVISION,
                            new Resources(1, 64, 0),
                            Counts.NONE,
                            Set.of(flag),
                            Rates.UNLIMITED));
        }
        refused(
                DocumentReason.BEYOND_GRANT_POOL,
                new NodeState.Pool(
                        new PoolId("db"),
                        Ceremony.REVISION,
                        new Resources(1, 64, 0),
                        Counts.NONE,
                        Set.of(),
                        Rates.UNLIMITED));
    }

    @Test
    @Tag("claim-N4")
    void isolationThatWasGranted_isInEveryState() throws Exception {
        assertDuty(PoolFlag.ISOLATED);
    }

    @Test
    @Tag("claim-L6")
    void strictFilterThatWasGranted_isInEveryState() throws Exception {
        assertDuty(PoolFlag.STRICT);
    }

    @Test
    @Tag("claim-V4")
    void integrityThatWasGranted_isInEveryState() throws Exception {
        assertDuty(PoolFlag.INTEGRITY);
    }

    private void assertDuty(PoolFlag duty) throws Exception {
        var web = Ceremony.grant(Ceremony.DEMO, 0).pools().getFirst();
        var flags = Set.of(duty, PoolFlag.EXEC);
        var bound = new Grant.Pool(web.pool(), web.revisions(), web.ceiling(), web.count(), flags, Rates.UNLIMITED);
        var size = new Resources(1, 64, 0);
        for (var said : List.of(Set.<PoolFlag>of(), Set.of(PoolFlag.EXEC), Set.of(duty), flags)) {
            var pool = new NodeState.Pool(Ceremony.WEB, Ceremony.REVISION, size, Counts.NONE, said, Rates.UNLIMITED);
            var tenant = new NodeState.Tenant(Ceremony.DEMO, Ceremony.network(0), quotas, List.of(pool), List.of());
            var value = grant.value();
            var other = ceremony.verified(new Grant(
                    value.tenant(),
                    1,
                    value.network(),
                    value.notBefore(),
                    value.expires(),
                    value.quotas(),
                    List.of(bound),
                    List.of(Ceremony.RUNTIME),
                    value.keys(),
                    NodeMode.DEV));
            var state = new NodeState(
                    Ceremony.NODE,
                    1,
                    Optional.empty(),
                    Ceremony.NOW,
                    Ceremony.NOW.plusSeconds(60),
                    List.of(other.digest()),
                    List.of(tenant));
            if (said.contains(duty)) {
                StateWithinGrants.check(state, NodeMode.DEV, Map.of(Ceremony.DEMO, other), HighWaterMark.NONE);
            } else {
                assertThatThrownBy(() -> StateWithinGrants.check(
                                state, NodeMode.DEV, Map.of(Ceremony.DEMO, other), HighWaterMark.NONE))
                        .isInstanceOfSatisfying(
                                RefusedException.class,
                                e -> assertThat(e.reason()).isEqualTo(DocumentReason.BEYOND_GRANT_FLAG));
            }
        }
    }

    @Test
    void tenantsThatShareANetwork_areRefused() {
        var demo = new NodeState.Tenant(Ceremony.DEMO, Ceremony.network(0), quotas, List.of(), List.of());
        for (var network : List.of(
                new TenantNet(new NetId(0), Subnet.parse("10.240.9.0/24")),
                new TenantNet(new NetId(9), Subnet.parse("10.240.0.128/25")))) {
            var other = new NodeState.Tenant(new TenantId("rival"), network, quotas, List.of(), List.of());
            assertThatThrownBy(() -> check(List.of(demo, other)))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            e -> assertThat(e.reason()).isEqualTo(DocumentReason.NETWORK_CONFLICT));
        }
    }

    /// Whatever passes the check never adds up to more than was granted, by arithmetic of its own.
    @Test
    @Tag("claim-T4")
    void whatPasses_neverAddsUpToMoreThanGranted() {
        Property.holds(3_000, draw -> {
            var pool = new NodeState.Pool(
                    Ceremony.WEB,
                    Ceremony.REVISION,
                    new Resources(draw.intBetween(1, 3), draw.intBetween(64, 600), draw.intBetween(0, 12)),
                    new Counts(draw.intBetween(0, 8), draw.intBetween(0, 8), draw.intBetween(0, 8)),
                    Set.of(),
                    Rates.UNLIMITED);
            var wanted = lower(draw);
            try {
                check(Ceremony.network(0), wanted, pool);
            } catch (RefusedException e) {
                return;
            }
            int live = pool.counts().running() + pool.counts().warm();
            assertThat(live * pool.resources().vcpus()).isLessThanOrEqualTo(quotas.maxVcpus());
            assertThat(live * pool.resources().memMib()).isLessThanOrEqualTo(quotas.maxMemMib());
            assertThat(pool.counts().total()).isLessThanOrEqualTo(10);
            assertThat(pool.counts().total() * pool.resources().diskGib()).isLessThanOrEqualTo(quotas.maxDiskGib());
            assertThat(pool.counts().sleeping() * pool.resources().memMib())
                    .isLessThanOrEqualTo(wanted.maxSleepingMemMib())
                    .isLessThanOrEqualTo(quotas.maxSleepingMemMib());
        });
    }

    private static Quotas lower(Draw draw) {
        return new Quotas(
                draw.intBetween(0, 21),
                draw.intBetween(0, 5121),
                draw.intBetween(0, 11),
                draw.intBetween(0, 11),
                draw.intBetween(0, 5),
                draw.intBetween(0, 11),
                draw.intBetween(0, 101),
                draw.intBetween(0, 2_561));
    }
}
