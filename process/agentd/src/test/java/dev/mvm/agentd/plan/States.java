package dev.mvm.agentd.plan;

import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.HighWaterMark;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Verified states of one tenant with pools `p0`, `p1` and so on.
public final class States {
    public static final Resources SIZE = new Resources(1, 128, 1);
    private static final Ceremony CEREMONY = new Ceremony();
    private static final Verified<TrustRoot> ROOT = CEREMONY.root();

    /// Signatures are tested elsewhere, and there are thousands of states here.
    private static final Verifier VERIFIER = new Verifier((_, _, _) -> true);

    private static final Bytes SIGNATURE = Bytes.of(new byte[SignatureCheck.SIGNATURE_BYTES]);
    private static final Quotas PLENTY = new Quotas(100, 51_200, 100, 100, 4, 100, 500, Quotas.UNLIMITED);

    private States() {}

    public static InstalledState of(Set<PoolFlag> flags, Counts... pools) {
        return of(PLENTY, flags, KeyPurpose.SNAPSHOT, SIZE, pools);
    }

    public static InstalledState of(Quotas quotas, Counts... pools) {
        return of(quotas, Set.of(), KeyPurpose.SNAPSHOT, SIZE, pools);
    }

    /// @param purpose of the tenant's only key
    /// @param size of every pool
    static InstalledState of(Quotas quotas, Set<PoolFlag> flags, KeyPurpose purpose, Resources size, Counts... pools) {
        var granted = Ceremony.grant(Ceremony.DEMO, 0);
        var template = granted.pools().getFirst();
        var mayHave =
                Arrays.stream(PoolFlag.values()).filter(flag -> !flag.duty()).collect(Collectors.toSet());
        var grantPools = new ArrayList<Grant.Pool>();
        var statePools = new ArrayList<NodeState.Pool>();
        for (int i = 0; i < pools.length; i++) {
            var id = new PoolId("p" + i);
            grantPools.add(new Grant.Pool(
                    id,
                    template.revisions(),
                    new Resources(4, 4096, 50),
                    new Grant.Range(0, 100),
                    mayHave,
                    Rates.UNLIMITED));
            statePools.add(new NodeState.Pool(id, Ceremony.REVISION, size, pools[i], flags, Rates.UNLIMITED));
        }
        var grant = verified(new Grant(
                granted.tenant(),
                1,
                granted.network(),
                granted.notBefore(),
                granted.expires(),
                PLENTY,
                grantPools,
                List.of(Ceremony.RUNTIME),
                List.of(new Grant.Key(new KeyName("asleep"), purpose, 1)),
                NodeMode.DEV));
        var key = new TenantKey(new KeyName("asleep"), purpose, 1, Bytes.of(new byte[TenantKey.CHECK_SIZE]));
        var base = Ceremony.state(grant, Counts.NONE);
        var tenant = new NodeState.Tenant(Ceremony.DEMO, Ceremony.network(0), quotas, statePools, List.of(key));
        var state = new NodeState(
                Ceremony.NODE, 1, Optional.empty(), base.issuedAt(), base.expires(), base.grants(), List.of(tenant));
        var context = new Verifier.Context(
                ROOT, Ceremony.NODE, NodeMode.DEV, HighWaterMark.NONE, Ceremony.NOW, List.of(grant));
        try {
            return VERIFIER.newState(envelope(DocumentType.NODE_STATE, Payloads.of(state), CEREMONY.stateKey), context);
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    private static Verified<Grant> verified(Grant grant) {
        try {
            return VERIFIER.grant(ROOT, envelope(DocumentType.GRANT, Payloads.of(grant), CEREMONY.grantKey));
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] envelope(DocumentType type, byte[] payload, Ceremony.Key key) {
        var signature = new Envelope.Signature(key.verifyKey().id(), SIGNATURE);
        return Envelopes.bytes(Envelopes.signed(Envelopes.unsigned(type, payload), signature));
    }

    /// The tightest quotas that a state with these counts is allowed to have, and no room beyond.
    static Quotas tight(Counts... pools) {
        int running = Arrays.stream(pools).mapToInt(Counts::running).sum();
        int warm = Arrays.stream(pools).mapToInt(Counts::warm).sum();
        int all = Arrays.stream(pools).mapToInt(Counts::total).sum();
        int most = Arrays.stream(pools).mapToInt(Counts::total).max().orElse(0);
        int asleep = Arrays.stream(pools).mapToInt(Counts::sleeping).sum();
        int inMemory = running + warm;
        int mem = SIZE.memMib();
        return new Quotas(inMemory, inMemory * mem, running, warm, pools.length, most, all, asleep * mem);
    }
}
