package dev.mvm.protocol.trust;

import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.GuestRuntime;
import dev.mvm.model.NetId;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.TenantId;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.trust.authoring.DefaultSubnet;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.RevisionDocument;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Keys and documents for tests: one key per role, a tenant `demo` with a pool `web`, made anew each time.
public final class Ceremony {
    public static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
    public static final NodeId NODE = new NodeId("n-one");
    public static final TenantId DEMO = new TenantId("demo");
    public static final TenantId SECOND = new TenantId("second");
    public static final PoolId WEB = new PoolId("web");
    public static final Digest SOME = Digest.of(new byte[] {1});
    public static final GuestRuntime RUNTIME = new GuestRuntime(SOME, SOME);

    /// The document that [#REVISION] names.
    public static final RevisionDocument BOOTS = new RevisionDocument(
            new Revision(Optional.empty(), RUNTIME),
            new RevisionDocument.Source.Flake("path:demo", SOME),
            Optional.empty());

    public static final Digest REVISION = BOOTS.digest();

    /// A signing key that lives only here.
    public record Key(KeyPair pair) {
        public static Key fresh() {
            try {
                return new Key(KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }

        public VerifyKey verifyKey() {
            var spki = pair.getPublic().getEncoded();
            return new VerifyKey(Arrays.copyOfRange(spki, spki.length - 32, spki.length));
        }

        public byte[] sign(byte[] message) {
            try {
                var signer = Signature.getInstance("Ed25519");
                signer.initSign(pair.getPrivate());
                signer.update(message);
                return signer.sign();
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }
    }

    public final Key rootKey = Key.fresh();
    public final Key grantKey = Key.fresh();
    public final Key stateKey = Key.fresh();
    public final Key nodeKey = Key.fresh();
    public final Verifier verifier = new Verifier(new JdkEd25519());

    /// A root that names no compromised key. Where `roles` has no keys that sign nodes, those that sign grants do.
    public static TrustRoot root(int version, Instant issuedAt, Instant expires, Map<Role, TrustRoot.Keys> roles) {
        var all = new HashMap<>(roles);
        var grants = roles.get(Role.GRANT);
        if (grants != null) {
            all.putIfAbsent(Role.NODE, grants);
        }
        return new TrustRoot(version, issuedAt, expires, all, Set.of());
    }

    public TrustRoot rootDocument(int version) {
        return root(
                version,
                NOW.minus(Duration.ofDays(1)),
                NOW.plus(Duration.ofDays(365)),
                Map.of(Role.ROOT, keys(1, rootKey), Role.GRANT, keys(1, grantKey), Role.STATE, keys(1, stateKey)));
    }

    /// A root in which [#nodeKey] has the role `node`, which makes it one of schema 2.
    public TrustRoot rootWithNodeKey(int version) {
        var plain = rootDocument(version);
        var roles = new HashMap<>(plain.roles());
        roles.put(Role.NODE, keys(1, nodeKey));
        return root(version, plain.issuedAt(), plain.expires(), roles);
    }

    /// A document of [#NODE] for the fleet of [#root].
    public NodeDocument node(int version, Optional<VerifyKey> key) {
        return new NodeDocument(
                Digest.of(Payloads.of(rootWithNodeKey(1))), NODE, version, NOW, NOW.plus(Duration.ofDays(365)), key);
    }

    public static TrustRoot.Keys keys(int threshold, Key... keys) {
        return new TrustRoot.Keys(threshold, Stream.of(keys).map(Key::verifyKey).toList());
    }

    public Verified<TrustRoot> root() {
        return pinned(rootDocument(1));
    }

    public Verified<TrustRoot> pinned(TrustRoot document) {
        var envelope = signed(DocumentType.ROOT, Payloads.of(document), rootKey);
        try {
            return verifier.pinnedRoot(envelope, Digest.of(Payloads.of(document)));
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    public static byte[] signed(DocumentType type, byte[] payload, Key... keys) {
        var envelope = Envelopes.unsigned(type, payload);
        for (var key : keys) {
            envelope = Envelopes.signed(envelope, signature(envelope, key));
        }
        return Envelopes.bytes(envelope);
    }

    public static Envelope.Signature signature(Envelope envelope, Key key) {
        return new Envelope.Signature(key.verifyKey().id(), Bytes.of(key.sign(envelope.signedBytes())));
    }

    /// The quotas `q`, each time with another one of them raised by one. One without a limit cannot be raised.
    public static List<Quotas> raised(Quotas q) {
        var values = new int[] {
            q.maxVcpus(),
            q.maxMemMib(),
            q.maxRunning(),
            q.maxWarm(),
            q.maxPools(),
            q.maxInstancesPerPool(),
            q.maxDiskGib(),
            q.maxSleepingMemMib()
        };
        return IntStream.range(0, values.length)
                .filter(i -> values[i] < Quotas.UNLIMITED)
                .mapToObj(i -> {
                    var v = values.clone();
                    v[i]++;
                    return new Quotas(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]);
                })
                .toList();
    }

    /// A grant for `tenant` on net `net`: pool `web`, up to 10 instances of 2 vCPUs and 512 MiB, exec allowed.
    public static Grant grant(TenantId tenant, int net) {
        return new Grant(
                tenant,
                1,
                network(net),
                NOW.minus(Duration.ofDays(1)),
                NOW.plus(Duration.ofDays(30)),
                new Quotas(20, 5120, 10, 10, 4, 10, 100, Quotas.UNLIMITED),
                List.of(new Grant.Pool(
                        WEB,
                        List.of(REVISION),
                        new Resources(2, 512, 10),
                        new Grant.Range(0, 10),
                        Set.of(PoolFlag.EXEC, PoolFlag.LOGS, PoolFlag.METADATA),
                        Rates.UNLIMITED)),
                List.of(RUNTIME),
                List.of(),
                NodeMode.DEV);
    }

    /// [#grant] with keys.
    public static Grant grant(TenantId tenant, int net, Grant.Key... keys) {
        var plain = grant(tenant, net);
        return new Grant(
                tenant,
                plain.version(),
                plain.network(),
                plain.notBefore(),
                plain.expires(),
                plain.quotas(),
                plain.pools(),
                plain.runtimes(),
                List.of(keys),
                NodeMode.DEV);
    }

    /// `state` as number `sequence`, its one tenant with `keys`.
    public static NodeState withKeys(NodeState state, long sequence, Optional<Digest> previous, TenantKey... keys) {
        var tenant = state.tenants().getFirst();
        return new NodeState(
                state.node(),
                sequence,
                previous,
                state.issuedAt(),
                state.expires(),
                state.grants(),
                List.of(new NodeState.Tenant(
                        tenant.tenant(), tenant.network(), tenant.quotas(), tenant.pools(), List.of(keys))));
    }

    public static TenantNet network(int net) {
        return new TenantNet(new NetId(net), DefaultSubnet.of(new NetId(net)));
    }

    public Verified<Grant> verified(Grant grant) {
        try {
            return verifier.grant(root(), signed(DocumentType.GRANT, Payloads.of(grant), grantKey));
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    /// The first state of [#NODE]: `counts` of demo/web.
    public static NodeState state(Verified<Grant> grant, Counts counts) {
        var pool = new NodeState.Pool(
                WEB, REVISION, new Resources(1, 128, 0), counts, Set.of(PoolFlag.EXEC, PoolFlag.LOGS), Rates.UNLIMITED);
        return new NodeState(
                NODE,
                1,
                Optional.empty(),
                NOW.minusSeconds(1),
                NOW.plus(Duration.ofHours(24)),
                List.of(grant.digest()),
                List.of(new NodeState.Tenant(
                        grant.value().tenant(),
                        grant.value().network(),
                        grant.value().quotas(),
                        List.of(pool),
                        List.of())));
    }

    /// The first state of [#NODE] with `counts` of the pool of each tenant.
    public static NodeState state(List<Verified<Grant>> grants, Counts counts) {
        var each = grants.stream().map(grant -> state(grant, counts)).toList();
        var first = each.getFirst();
        return new NodeState(
                NODE,
                1,
                Optional.empty(),
                first.issuedAt(),
                first.expires(),
                each.stream().flatMap(state -> state.grants().stream()).toList(),
                each.stream().flatMap(state -> state.tenants().stream()).toList());
    }

    public byte[] signed(NodeState state) {
        return signed(DocumentType.NODE_STATE, Payloads.of(state), stateKey);
    }

    @SafeVarargs
    @SuppressWarnings("varargs") // only read
    public final Verifier.Context context(HighWaterMark floor, Instant clock, Verified<Grant>... grants) {
        return new Verifier.Context(root(), NODE, NodeMode.DEV, floor, clock, List.of(grants));
    }
}
