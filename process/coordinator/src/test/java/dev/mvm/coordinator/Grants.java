package dev.mvm.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.model.Digest;
import dev.mvm.model.NetId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.trust.authoring.DefaultSubnet;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/// Grants for tests.
public final class Grants {
    public static final Quotas PLENTY = new Quotas(1_000, 1_000_000, 300, 300, 16, 300, 10_000, Quotas.UNLIMITED);

    private Grants() {}

    public static Digest revision(String name) {
        return digest(name + " revision");
    }

    static Digest digest(String text) {
        return Digest.of(text.getBytes(UTF_8));
    }

    public static SignedGrant.Pool pool(String name, int min, int max, PoolFlag... flags) {
        return new SignedGrant.Pool(
                new PoolId(name),
                List.of(revision("one"), revision("two")),
                new Resources(2, 256, 1),
                min,
                max,
                Set.of(flags),
                Rates.UNLIMITED);
    }

    public static SignedGrant grant(String tenant, int version, int net, Quotas quotas, SignedGrant.Pool... pools) {
        return new SignedGrant(
                digest(tenant + version + List.of(pools) + quotas),
                new TenantId(tenant),
                version,
                new TenantNet(new NetId(net), DefaultSubnet.of(new NetId(net))),
                Instant.parse("2026-01-01T00:00:00Z"),
                Instant.parse("2100-01-01T00:00:00Z"),
                quotas,
                List.of(pools),
                List.of(),
                NodeMode.DEV);
    }

    /// `grant` for nodes in `mode`, as another document.
    public static SignedGrant withMode(SignedGrant grant, NodeMode mode) {
        return new SignedGrant(
                digest(grant.digest() + mode.word()),
                grant.tenant(),
                grant.version() + 1,
                grant.network(),
                grant.notBefore(),
                grant.expires(),
                grant.quotas(),
                grant.pools(),
                grant.keys(),
                mode);
    }

    /// `grant` with keys, as another document.
    public static SignedGrant withKeys(SignedGrant grant, dev.mvm.protocol.trust.Grant.Key... keys) {
        return new SignedGrant(
                digest(grant.digest() + List.of(keys).toString()),
                grant.tenant(),
                grant.version(),
                grant.network(),
                grant.notBefore(),
                grant.expires(),
                grant.quotas(),
                grant.pools(),
                List.of(keys),
                NodeMode.DEV);
    }
}
