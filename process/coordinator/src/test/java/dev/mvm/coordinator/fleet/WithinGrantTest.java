package dev.mvm.coordinator.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.coordinator.Grants;
import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.model.Counts;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class WithinGrantTest {
    private static PoolTarget want(String pool, int running, int warm, int sleeping) {
        return new PoolTarget(new PoolId(pool), new Counts(running, warm, sleeping), Optional.empty());
    }

    private static void refused(String reason, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FleetRefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void counts_stayInTheirRange() throws FleetRefusedException {
        var grant = Grants.grant("acme", 1, 0, Grants.PLENTY, Grants.pool("web", 2, 5));
        WithinGrant.check(grant, List.of(want("web", 1, 1, 0)));
        WithinGrant.check(grant, List.of(want("web", 2, 2, 1)));
        refused("beyond_grant_count", () -> WithinGrant.check(grant, List.of(want("web", 1, 0, 0))));
        refused("beyond_grant_count", () -> WithinGrant.check(grant, List.of(want("web", 2, 2, 2))));
        refused("unknown_pool", () -> WithinGrant.check(grant, List.of(want("db", 0, 0, 0))));
    }

    @Test
    void revision_hasToBeGranted() throws FleetRefusedException {
        var grant = Grants.grant("acme", 1, 0, Grants.PLENTY, Grants.pool("web", 0, 5));
        var granted = Grants.revision("two");
        WithinGrant.check(grant, List.of(want("web", 1, 0, 0).with(Optional.of(granted))));
        var other = Grants.revision("three");
        refused(
                "beyond_grant_revision",
                () -> WithinGrant.check(grant, List.of(want("web", 1, 0, 0).with(Optional.of(other)))));
        assertThat(want("web", 0, 0, 0).revision(grant.pools().getFirst())).isEqualTo(Grants.revision("one"));
        assertThat(want("web", 0, 0, 0)
                        .with(Optional.of(granted))
                        .revision(grant.pools().getFirst()))
                .isEqualTo(Grants.revision("two"));
    }

    @Test
    void everyQuota_isKept() throws FleetRefusedException {
        // each instance has 2 processors, 256 MiB and 1 GiB of disk
        var fits = new Quotas(8, 1_024, 3, 1, 2, 5, 6, 512);
        var pools = new SignedGrant.Pool[] {Grants.pool("web", 0, 9), Grants.pool("db", 0, 9)};
        var wants = List.of(want("web", 2, 1, 2), want("db", 1, 0, 0));
        WithinGrant.check(Grants.grant("acme", 1, 0, fits, pools), wants);
        for (var less : List.of(
                new Quotas(7, 1_024, 3, 1, 2, 5, 6, 512),
                new Quotas(8, 1_023, 3, 1, 2, 5, 6, 512),
                new Quotas(8, 1_024, 2, 1, 2, 5, 6, 512),
                new Quotas(8, 1_024, 3, 0, 2, 5, 6, 512),
                new Quotas(8, 1_024, 3, 1, 1, 5, 6, 512),
                new Quotas(8, 1_024, 3, 1, 2, 4, 6, 512),
                new Quotas(8, 1_024, 3, 1, 2, 5, 5, 512),
                new Quotas(8, 1_024, 3, 1, 2, 5, 6, 511))) {
            refused("over_quota", () -> WithinGrant.check(Grants.grant("acme", 1, 0, less, pools), wants));
        }
        var asleep = new Quotas(8, 1_024, 3, 1, 2, 5, 6, 511);
        assertThatThrownBy(() -> WithinGrant.check(Grants.grant("acme", 1, 0, asleep, pools), wants))
                .hasMessageContaining("max_sleeping_mem_mib is 511, this would need 512");
    }

    private static SignedGrant anyGrant(Draw draw) {
        var pools = new ArrayList<SignedGrant.Pool>();
        for (int i = draw.intBetween(0, 4); i > 0; i--) {
            int min = draw.intBetween(0, 3);
            pools.add(Grants.pool("pool-" + i, min, min + draw.intBetween(0, 250)));
        }
        var quotas = new Quotas(
                draw.intBetween(0, 400),
                draw.intBetween(0, 60_000),
                draw.intBetween(0, 200),
                draw.intBetween(0, 200),
                draw.intBetween(3, 5),
                draw.intBetween(2, 300),
                draw.intBetween(0, 400),
                draw.one(Quotas.UNLIMITED, draw.intBetween(0, 60_000)));
        return Grants.grant("acme", 2, 0, quotas, pools.toArray(SignedGrant.Pool[]::new));
    }

    @Test
    void newGrant_isAlwaysKeptByWhatIsFitted() {
        Property.holds(400, draw -> {
            var before = draw.list(
                    0,
                    5,
                    () -> want(
                            "pool-" + draw.intBetween(1, 5),
                            draw.intBetween(0, 100),
                            draw.intBetween(0, 100),
                            draw.intBetween(0, 100)));
            var grant = anyGrant(draw);
            try {
                var fitted = WithinGrant.fitted(grant, before);
                WithinGrant.check(grant, fitted);
                assertThat(fitted)
                        .extracting(PoolTarget::pool)
                        .containsExactlyElementsOf(grant.pools().stream()
                                .map(SignedGrant.Pool::pool)
                                .toList());
            } catch (FleetRefusedException e) {
                assertThat(e.reason()).isEqualTo("grant_contradicts_itself");
            }
        });
    }

    @Test
    void wantsThatFit_areLeftAlone() throws FleetRefusedException {
        var grant = Grants.grant("acme", 2, 0, Grants.PLENTY, Grants.pool("web", 0, 9), Grants.pool("new", 1, 2));
        assertThat(WithinGrant.fitted(grant, List.of(want("web", 3, 2, 1), want("old", 1, 0, 0))))
                .containsExactly(want("web", 3, 2, 1), want("new", 1, 0, 0));
    }

    @Test
    void tighterGrant_takesWhatIsLeastMissed() throws FleetRefusedException {
        var grant = Grants.grant("acme", 2, 0, Grants.PLENTY, Grants.pool("web", 0, 4));
        assertThat(WithinGrant.fitted(grant, List.of(want("web", 3, 2, 1)))).containsExactly(want("web", 3, 1, 0));
        var fewProcessors = new Quotas(6, 100_000, 9, 9, 9, 9, 100, Quotas.UNLIMITED);
        var tight = Grants.grant("acme", 2, 0, fewProcessors, Grants.pool("web", 0, 9));
        assertThat(WithinGrant.fitted(tight, List.of(want("web", 3, 2, 1))))
                .as("sleeping instances hold no processors")
                .containsExactly(want("web", 3, 0, 1));
        var littleAsleep = new Quotas(100, 100_000, 9, 9, 9, 9, 100, 2 * 256 + 255);
        var short_ = Grants.grant("acme", 2, 0, littleAsleep, Grants.pool("web", 0, 9));
        assertThat(WithinGrant.fitted(short_, List.of(want("web", 1, 2, 4))))
                .as("only sleeping instances count")
                .containsExactly(want("web", 1, 2, 2));
    }

    @Test
    void grantThatCannotBeKept_isRefused() {
        var quotas = new Quotas(1, 100_000, 9, 9, 9, 9, 100, Quotas.UNLIMITED);
        var grant = Grants.grant("acme", 2, 0, quotas, Grants.pool("web", 1, 9));
        refused("grant_contradicts_itself", () -> WithinGrant.fitted(grant, List.of()));
    }
}
