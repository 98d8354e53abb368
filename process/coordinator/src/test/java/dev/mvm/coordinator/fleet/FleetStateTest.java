package dev.mvm.coordinator.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.coordinator.Grants;
import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.coordinator.trust.StateContent;
import dev.mvm.json.JsonException;
import dev.mvm.model.Counts;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolId;
import dev.mvm.model.Rates;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class FleetStateTest {
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
    private static final NodeId A = new NodeId("a");
    private static final NodeId B = new NodeId("b");

    private static FleetState.Member member(SignedGrant grant, Counts counts) {
        var tenant = new Tenant(grant.tenant(), grant.network(), NOW, false);
        var targets = grant.pools().stream()
                .map(pool -> new PoolTarget(pool.pool(), counts, Optional.empty()))
                .toList();
        return new FleetState.Member(tenant, Optional.of(grant), targets);
    }

    @Test
    void content_isWhatIsWantedWithinTheGrant() {
        var grant = Grants.grant("acme", 1, 3, Grants.PLENTY, Grants.pool("web", 0, 9));
        var content =
                new FleetState(List.of(member(grant, new Counts(1, 2, 3))), Map.of(A, NodeMode.DEV)).content(A, NOW);
        assertThat(content.grants()).containsExactly(grant.digest());
        assertThat(content.tenants())
                .containsExactly(new StateContent.Tenant(
                        grant.tenant(),
                        grant.network(),
                        grant.quotas(),
                        List.of(new StateContent.Pool(
                                new PoolId("web"),
                                Grants.revision("one"),
                                grant.pools().getFirst().ceiling(),
                                new Counts(1, 2, 3),
                                grant.pools().getFirst().flags(),
                                Rates.UNLIMITED))));
    }

    @Test
    void tenantWithoutAValidGrant_isLeftOut() {
        var grant = Grants.grant("acme", 1, 3, Grants.PLENTY, Grants.pool("web", 0, 9));
        var fleet = new FleetState(List.of(member(grant, Counts.NONE)), Map.of(A, NodeMode.DEV));
        assertThat(fleet.content(A, grant.notBefore().minusSeconds(1)).tenants())
                .isEmpty();
        assertThat(fleet.content(A, grant.notBefore()).tenants()).hasSize(1);
        assertThat(fleet.content(A, grant.expires().minusSeconds(1)).tenants()).hasSize(1);
        assertThat(fleet.content(A, grant.expires()).tenants()).isEmpty();
        assertThat(fleet.content(A, grant.expires()).grants()).isEmpty();
    }

    /// A node would refuse the whole state for one tenant that it may not have.
    @Test
    void tenantForHardenedNodes_isPlacedOnNoOther() {
        var plain = Grants.grant("acme", 1, 3, Grants.PLENTY, Grants.pool("web", 0, 9));
        var hardened = Grants.withMode(plain, NodeMode.HARDENED);
        var fleet = new FleetState(
                List.of(member(hardened, new Counts(4, 0, 0))), Map.of(A, NodeMode.DEV, B, NodeMode.HARDENED));
        assertThat(fleet.content(A, NOW).tenants()).isEmpty();
        assertThat(fleet.content(A, NOW).grants()).isEmpty();
        assertThat(fleet.content(A, NOW).mode()).isEqualTo(NodeMode.DEV);
        assertThat(running(fleet.content(B, NOW).tenants().getFirst(), "web")).isEqualTo(4);
        assertThat(fleet.content(B, NOW).mode()).isEqualTo(NodeMode.HARDENED);
        var unknown = new FleetState(List.of(member(hardened, new Counts(4, 0, 0))), Map.of(B, NodeMode.HARDENED));
        assertThat(unknown.content(A, NOW).tenants())
                .as("a node that has not said its mode")
                .isEmpty();
    }

    @Test
    void rates_areThoseOfTheGrant() {
        var rates = new Rates(1, 2, 3, 4);
        var plain = Grants.pool("web", 0, 9);
        var limited = new SignedGrant.Pool(
                plain.pool(), plain.revisions(), plain.ceiling(), plain.min(), plain.max(), plain.flags(), rates);
        var grant = Grants.grant("acme", 1, 3, Grants.PLENTY, limited);
        var content = new FleetState(List.of(member(grant, new Counts(1, 0, 0))), Map.of(A, NodeMode.DEV));
        assertThat(content.content(A, NOW)
                        .tenants()
                        .getFirst()
                        .pools()
                        .getFirst()
                        .rates())
                .isEqualTo(rates);
    }

    @Test
    void nodes_shareAPool() {
        var grant = Grants.grant("acme", 1, 3, Grants.PLENTY, Grants.pool("web", 0, 9), Grants.pool("pair", 2, 3));
        var fleet =
                new FleetState(List.of(member(grant, new Counts(3, 0, 0))), Map.of(A, NodeMode.DEV, B, NodeMode.DEV));
        var onA = fleet.content(A, NOW).tenants().getFirst();
        var onB = fleet.content(B, NOW).tenants().getFirst();
        assertThat(running(onA, "web") + running(onB, "web")).isEqualTo(3);
        assertThat(running(onA, "web")).isBetween(1, 2);
        assertThat(onA.pools().size() + onB.pools().size())
                .as("three are too few to give two nodes two each")
                .isEqualTo(3);
        assertThat(running(onA, "pair") + running(onB, "pair")).isEqualTo(3);
    }

    private static int running(StateContent.Tenant tenant, String pool) {
        return tenant.pools().stream()
                .filter(candidate -> candidate.pool().value().equals(pool))
                .mapToInt(candidate -> candidate.counts().running())
                .sum();
    }

    @Test
    void nodeThatIsNotAMemberYet_isCountedForItself() {
        var grant = Grants.grant("acme", 1, 3, Grants.PLENTY, Grants.pool("web", 0, 9));
        var fleet = new FleetState(List.of(member(grant, new Counts(4, 0, 0))), Map.of(A, NodeMode.DEV));
        assertThat(running(fleet.content(B, NOW).tenants().getFirst(), "web")).isEqualTo(2);
    }

    @Test
    void records_readBackWhatTheyWrote() throws JsonException {
        var tenant = new Tenant(
                Grants.grant("acme", 1, 3, Grants.PLENTY).tenant(),
                Grants.grant("acme", 1, 3, Grants.PLENTY).network(),
                NOW,
                true);
        assertThat(Records.tenant(Records.bytes(tenant))).isEqualTo(tenant);
        var targets = List.of(
                new PoolTarget(new PoolId("web"), new Counts(1, 2, 3), Optional.of(Grants.revision("one"))),
                PoolTarget.nothing(new PoolId("db")));
        assertThat(Records.targets(Records.bytes(targets))).isEqualTo(targets);
        var state = new IssuedState(
                7, Grants.revision("one"), Grants.revision("two"), NOW, NOW.plusSeconds(60), OptionalLong.of(41));
        assertThat(Records.issuedState(Records.bytes(state))).isEqualTo(state);
    }

    @Test
    void stateRecordOfBeforeTheLog_isReadWithoutAPlaceInIt() throws JsonException {
        var text = "{\"sequence\":7,\"digest\":\"" + Grants.revision("one") + "\",\"fingerprint\":\""
                + Grants.revision("two") + "\",\"issued_at\":\"2026-06-01T00:00:00Z\","
                + "\"expires\":\"2026-06-02T00:00:00Z\",";
        var old = Records.issuedState((text + "\"envelope\":\"AAAA\"}").getBytes(UTF_8));
        assertThat(old.sequence()).isEqualTo(7);
        assertThat(old.index()).isEmpty();
        for (var wrong : List.of("\"x\":1}", "\"index\":-1}", "\"index\":\"1\"}", "\"index\":1,\"envelope\":\"\"}")) {
            assertThatThrownBy(() -> Records.issuedState((text + wrong).getBytes(UTF_8)))
                    .isInstanceOf(JsonException.class);
        }
    }
}
