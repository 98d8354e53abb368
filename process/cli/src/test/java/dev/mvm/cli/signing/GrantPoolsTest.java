package dev.mvm.cli.signing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Digest;
import dev.mvm.model.GuestRuntime;
import dev.mvm.model.NetId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.authoring.GrantDocument;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class GrantPoolsTest {
    private static final Digest SOME = Digest.of(new byte[] {1});
    private static final GuestRuntime RUNTIME = new GuestRuntime(SOME, SOME);
    private static final Instant BEGAN = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant FAR = Instant.parse("2096-01-01T00:00:00Z");

    private static Grant.Pool pool(Draw draw, String id) {
        var ceiling = new Resources(draw.intBetween(1, 32), draw.intBetween(64, 1 << 20), draw.intBetween(0, 100));
        var count = new Grant.Range(0, draw.intBetween(0, 300));
        return new Grant.Pool(new PoolId(id), List.of(SOME), ceiling, count, Set.of(), Rates.UNLIMITED);
    }

    private static GrantDocument grant(Draw draw) {
        var quotas = new Quotas(
                quota(draw), quota(draw), quota(draw), quota(draw), quota(draw), quota(draw), quota(draw), quota(draw));
        var network = new TenantNet(new NetId(1), Subnet.parse("10.240.0.0/24"));
        return new GrantDocument(new Grant(
                new TenantId("demo"),
                draw.intBetween(1, 1_000),
                network,
                BEGAN,
                FAR,
                quotas,
                List.of(pool(draw, "web")),
                List.of(RUNTIME),
                List.of(),
                NodeMode.DEV));
    }

    /// Not so large that a sum would be cut, or without a limit.
    private static int quota(Draw draw) {
        return draw.flag() ? Quotas.UNLIMITED : draw.intBetween(0, 1_000);
    }

    private static boolean limited(Quotas quotas) {
        return quotas.maxMemMib() < Quotas.UNLIMITED;
    }

    @Test
    void poolThatIsAddedAndRemoved_leavesTheGrantAsItWas() {
        Property.holds(1_000, draw -> {
            var before = grant(draw);
            var added = pool(draw, "more");
            var with = GrantPools.with(before, added, RUNTIME, 90);
            var after = GrantPools.without(with, added.pool(), 90).grant();
            var first = before.grant();
            assertThat(with.grant().pools()).hasSize(2).endsWith(added);
            assertThat(first.quotas().within(with.grant().quotas())).isTrue();
            assertThat(after.pools()).isEqualTo(first.pools());
            assertThat(after.runtimes()).isEqualTo(first.runtimes());
            assertThat(after.version()).isEqualTo(first.version() + 2);
            assertThat(after.expires()).isEqualTo(FAR);
            assertThat(after.quotas().maxVcpus()).isEqualTo(first.quotas().maxVcpus());
            assertThat(after.quotas().maxRunning()).isEqualTo(first.quotas().maxRunning());
            assertThat(after.quotas().maxWarm()).isEqualTo(first.quotas().maxWarm());
            assertThat(after.quotas().maxDiskGib()).isEqualTo(first.quotas().maxDiskGib());
            if (limited(with.grant().quotas())) {
                assertThat(after.quotas().maxMemMib()).isEqualTo(first.quotas().maxMemMib());
            }
        });
    }

    @Test
    void quotasNeverFallBelowZero() {
        Property.holds(1_000, draw -> {
            var after = GrantPools.without(grant(draw), new PoolId("web"), 90);
            assertThat(after.grant().pools()).isEmpty();
            assertThat(after.grant().quotas().maxVcpus()).isNotNegative();
        });
    }

    @Test
    void daysAndPoolsThatAreNot_areRefused() {
        Property.holds(10, draw -> {
            var grant = grant(draw);
            assertThatThrownBy(() -> GrantPools.without(grant, new PoolId("web"), 0))
                    .hasMessageContaining("days");
            assertThatThrownBy(() -> GrantPools.without(grant, new PoolId("api"), 1))
                    .hasMessageContaining("no pool api");
            assertThat(GrantPools.without(grant, new PoolId("web"), 3650)
                            .grant()
                            .expires())
                    .isBefore(Instant.now().plus(Duration.ofDays(365 * 70L)));
        });
    }
}
