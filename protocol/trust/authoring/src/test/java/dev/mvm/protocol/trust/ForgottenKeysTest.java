package dev.mvm.protocol.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.trust.store.NodeClocks;
import dev.mvm.protocol.trust.store.TrustStore;
import dev.mvm.protocol.trust.store.VolatileFiles;
import dev.mvm.protocol.trust.transparency.TestLog;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The floor of a node that can remember no more keys: what is forgotten, and what is not.
final class ForgottenKeysTest {
    private static final KeyName DISK = new KeyName("disk");

    private final Ceremony ceremony = new Ceremony();
    private final Verified<Grant> grant =
            ceremony.verified(Ceremony.grant(Ceremony.DEMO, 0, new Grant.Key(DISK, KeyPurpose.VOLUME, 3)));
    private final NodeState plain = Ceremony.state(grant, new Counts(1, 0, 0));

    private static TenantKey key(String id, int version) {
        return new TenantKey(new KeyName(id), KeyPurpose.VOLUME, version, Bytes.of(new byte[TenantKey.CHECK_SIZE]));
    }

    private NodeState next(Digest previous, TenantKey key) {
        return Ceremony.withKeys(plain, 2, Optional.of(previous), key);
    }

    private TrustStore open(VolatileFiles files) throws Exception {
        return TrustStore.open(
                files,
                ceremony.verifier,
                ceremony.root(),
                Ceremony.NODE,
                NodeMode.DEV,
                new NodeClocks(() -> Ceremony.NOW, () -> 0),
                line -> {
                    throw new AssertionError(line);
                });
    }

    private static Grant version(Grant grant, int version) {
        return new Grant(
                grant.tenant(),
                version,
                grant.network(),
                grant.notBefore(),
                grant.expires(),
                grant.quotas(),
                grant.pools(),
                grant.runtimes(),
                grant.keys(),
                grant.mode());
    }

    private static HighWaterMark full(Verified<Grant> grant) {
        var check = Bytes.of(new byte[TenantKey.CHECK_SIZE]);
        var versions = new HashMap<String, HighWaterMark.NewestKey>();
        versions.put("demo/disk", new HighWaterMark.NewestKey(5, check));
        for (int i = 1; i < HighWaterMark.MAX_KEYS; i++) {
            versions.put("other/k" + i, new HighWaterMark.NewestKey(1, check));
        }
        var grants = Map.of(Ceremony.DEMO, new HighWaterMark.Newest(1, grant.digest()));
        return new HighWaterMark(1, 0, Optional.empty(), Optional.empty(), TimeMark.NONE, grants, versions);
    }

    /// The way out for a node that can remember no more keys: operators' word, and not the coordinator's.
    @Test
    @Tag("claim-K2")
    void keyThatItsGrantNoLongerNames_isForgotten_andMakesRoom() throws Exception {
        var files = new VolatileFiles();
        files.put("floor.json", full(grant).bytes());
        var store = open(files);
        var next = ceremony.verified(
                version(Ceremony.grant(Ceremony.DEMO, 0, new Grant.Key(new KeyName("new"), KeyPurpose.VOLUME, 1)), 2));
        store.installGrant(next.envelope());
        var state = Ceremony.withKeys(Ceremony.state(next, new Counts(1, 0, 0)), 1, Optional.empty(), key("new", 1));
        var envelope = Bytes.of(ceremony.signed(state));
        var installed = store.installState(envelope, new TestLog().proof(envelope, ceremony.stateKey, store.floor()));
        assertThat(store.floor().keys())
                .hasSizeLessThanOrEqualTo(HighWaterMark.MAX_KEYS)
                .containsKey("other/k1")
                .doesNotContainKey("demo/disk");
        // the grant that named it does not come back
        store.installGrant(grant.envelope());
        var old = Bytes.of(ceremony.signed(next(installed.state().digest(), key("disk", 4))));
        assertThatThrownBy(() -> store.installState(old, new TestLog().proof(old, ceremony.stateKey, store.floor())))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(DocumentReason.GRANT_SUPERSEDED));
    }

    /// A coordinator that leaves a tenant out of a state makes the node forget nothing.
    @Test
    @Tag("claim-K2")
    void tenantThatAStateDoesNotName_isNotForgotten() throws Exception {
        var files = new VolatileFiles();
        files.put("floor.json", full(grant).bytes());
        var store = open(files);
        var state = new NodeState(
                plain.node(), 1, Optional.empty(), plain.issuedAt(), plain.expires(), List.of(), List.of());
        var envelope = Bytes.of(ceremony.signed(state));
        store.installState(envelope, new TestLog().proof(envelope, ceremony.stateKey, store.floor()));
        assertThat(store.floor().keys()).containsKey("demo/disk");
        store.installGrant(grant.envelope());
        var older = Bytes.of(ceremony.signed(next(store.floor().digest().orElseThrow(), key("disk", 4))));
        assertThatThrownBy(
                        () -> store.installState(older, new TestLog().proof(older, ceremony.stateKey, store.floor())))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(DocumentReason.KEY_SUPERSEDED));
    }
}
