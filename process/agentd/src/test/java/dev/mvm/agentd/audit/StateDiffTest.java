package dev.mvm.agentd.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.PoolId;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.protocol.audit.TenantEvent;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.TenantKey;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Changes by a new state, for each tenant.
final class StateDiffTest {
    private static final NodeState EMPTY = state(1);

    private static NodeState state(long sequence, NodeState.Tenant... tenants) {
        return new NodeState(
                Ceremony.NODE,
                sequence,
                Optional.empty(),
                Ceremony.NOW,
                Ceremony.NOW.plusSeconds(60),
                List.of(),
                List.of(tenants));
    }

    private static NodeState.Tenant tenant(List<NodeState.Pool> pools, TenantKey... keys) {
        var grant = Ceremony.grant(Ceremony.DEMO, 0);
        return new NodeState.Tenant(Ceremony.DEMO, grant.network(), grant.quotas(), pools, List.of(keys));
    }

    private static NodeState.Pool pool(String name, Digest revision) {
        return new NodeState.Pool(
                new PoolId(name), revision, new Resources(1, 128, 0), new Counts(2, 1, 0), Set.of(), Rates.UNLIMITED);
    }

    private static TenantKey key(KeyPurpose purpose, int version) {
        return new TenantKey(new KeyName(purpose.word()), purpose, version, Bytes.of(new byte[TenantKey.CHECK_SIZE]));
    }

    private static List<String> facts(NodeState before, NodeState after) {
        return StateDiff.between(Optional.of(before), after).getOrDefault(Ceremony.DEMO, List.of()).stream()
                .map(fact -> fact.event().word() + " " + fact.subject() + " " + fact.state())
                .toList();
    }

    @Test
    @Tag("claim-R5")
    void tenantThatComes_hasItsPools_andOneThatGoesHasNone() {
        var there = state(2, tenant(List.of(pool("web", Ceremony.REVISION))));
        assertThat(facts(EMPTY, there))
                .containsExactly("tenant_created demo 2", "pool_created demo/web 2", "pool_built demo/web 2");
        assertThat(facts(there, state(3))).containsExactly("pool_destroyed demo/web 3", "tenant_destroyed demo 3");
        assertThat(StateDiff.between(Optional.empty(), there)).hasSize(1);
        assertThat(facts(there, state(3, tenant(List.of(pool("web", Ceremony.REVISION))))))
                .isEmpty();
    }

    @Test
    @Tag("claim-R5")
    void poolThatComesGoesOrBootsSomethingElse_isSaid() {
        var other = Ceremony.SOME;
        var before = state(1, tenant(List.of(pool("web", Ceremony.REVISION), pool("old", Ceremony.REVISION))));
        var after = state(2, tenant(List.of(pool("web", other), pool("new", Ceremony.REVISION))));
        assertThat(facts(before, after))
                .containsExactly(
                        "pool_built demo/web 2",
                        "pool_created demo/new 2",
                        "pool_built demo/new 2",
                        "pool_destroyed demo/old 2");
        var built =
                StateDiff.between(Optional.of(before), after).get(Ceremony.DEMO).getFirst();
        assertThat(built.detail()).isEqualTo(other.value());
    }

    @Test
    @Tag("claim-R5")
    void newerKey_isARotation_andAFirstOneIsNot() {
        var none = state(1, tenant(List.of()));
        var first = state(2, tenant(List.of(), key(KeyPurpose.SECRETS, 1), key(KeyPurpose.SNAPSHOT, 3)));
        var second = state(3, tenant(List.of(), key(KeyPurpose.SECRETS, 2), key(KeyPurpose.SNAPSHOT, 3)));
        var third = state(4, tenant(List.of(), key(KeyPurpose.SECRETS, 2), key(KeyPurpose.SNAPSHOT, 4)));
        assertThat(facts(none, first)).isEmpty();
        assertThat(facts(first, second)).containsExactly("secrets_rotated demo 3");
        assertThat(facts(second, third)).containsExactly("key_rotated demo 4");
        assertThat(StateDiff.between(Optional.of(second), third).get(Ceremony.DEMO))
                .singleElement()
                .satisfies(fact -> {
                    assertThat(fact.event()).isEqualTo(TenantEvent.KEY_ROTATED);
                    assertThat(fact.detail()).isEqualTo("snapshot, key snapshot, version 4");
                });
    }
}
