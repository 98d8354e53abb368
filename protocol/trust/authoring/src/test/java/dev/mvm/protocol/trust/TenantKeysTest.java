package dev.mvm.protocol.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.json.JsonException;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeMode;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.store.NodeClocks;
import dev.mvm.protocol.trust.store.TrustStore;
import dev.mvm.protocol.trust.store.VolatileFiles;
import dev.mvm.protocol.trust.transparency.TestLog;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Keys in grants, states and the floor: what can be judged without opening any.
final class TenantKeysTest {
    private static final KeyName DISK = new KeyName("disk");
    private static final Grant.Key GRANTED = new Grant.Key(DISK, KeyPurpose.VOLUME, 3);

    private final Ceremony ceremony = new Ceremony();
    private final Verified<Grant> grant = ceremony.verified(Ceremony.grant(Ceremony.DEMO, 0, GRANTED));
    private final NodeState plain = Ceremony.state(grant, new Counts(1, 0, 0));

    private static TenantKey key(String id, KeyPurpose purpose, int version) {
        return new TenantKey(new KeyName(id), purpose, version, Bytes.of(new byte[TenantKey.CHECK_SIZE]));
    }

    private NodeState state(TenantKey... keys) {
        return Ceremony.withKeys(plain, 1, Optional.empty(), keys);
    }

    private void refused(DocumentReason reason, TenantKey... keys) {
        assertThatThrownBy(() -> StateWithinGrants.check(
                        state(keys), NodeMode.DEV, Map.of(Ceremony.DEMO, grant), HighWaterMark.NONE))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void grantAndStateWithKeys_readBackWhatTheyWrote() throws Exception {
        assertThat(GrantJson.read(Payloads.of(grant.value()), 3)).isEqualTo(grant.value());
        var state = state(key("disk", KeyPurpose.VOLUME, 3));
        assertThat(NodeStateJson.read(Payloads.of(state), 3)).isEqualTo(state);
        assertThat(new String(Payloads.of(plain), UTF_8)).doesNotContain("keys");
        assertThat(new String(Payloads.of(Ceremony.grant(Ceremony.DEMO, 0)), UTF_8))
                .doesNotContain("keys");
    }

    @Test
    @Tag("claim-K2")
    void keyOrPurposeThatWasNotGranted_isBeyond() {
        assertThatCode(() -> StateWithinGrants.check(
                        state(key("disk", KeyPurpose.VOLUME, 3)),
                        NodeMode.DEV,
                        Map.of(Ceremony.DEMO, grant),
                        HighWaterMark.NONE))
                .doesNotThrowAnyException();
        refused(DocumentReason.BEYOND_GRANT_KEY, key("other", KeyPurpose.VOLUME, 3));
        refused(DocumentReason.BEYOND_GRANT_KEY, key("disk", KeyPurpose.SNAPSHOT, 3));
        refused(DocumentReason.BEYOND_GRANT_KEY, key("disk", KeyPurpose.VOLUME, 3), key("other", KeyPurpose.VOLUME, 3));
    }

    @Test
    @Tag("claim-K2")
    void versionBelowTheGrants_isRevoked() {
        refused(DocumentReason.KEY_REVOKED, key("disk", KeyPurpose.VOLUME, 2));
        refused(DocumentReason.KEY_REVOKED, key("disk", KeyPurpose.VOLUME, 1));
    }

    private static void malformed(NodeState state, String find, String replacement) {
        var good = new String(Payloads.of(state), UTF_8);
        var bad = good.replace(find, replacement);
        assertThat(bad).isNotEqualTo(good);
        assertThatThrownBy(() -> NodeStateJson.read(bad.getBytes(UTF_8), 3)).isInstanceOf(JsonException.class);
    }

    @Test
    @Tag("claim-K2")
    void keyOfAnyOtherForm_isMalformed() {
        var state = state(key("disk", KeyPurpose.VOLUME, 3));
        var check = "\"" + "A".repeat(22) + "==\"";
        for (var other : List.of("\"\"", "\"" + "A".repeat(24) + "\"", "\"" + "A".repeat(4000) + "\"", "1", "null")) {
            malformed(state, "\"check\":" + check, "\"check\":" + other);
        }
        malformed(state, "\"check\":" + check, "\"check\":\"" + "A".repeat(21) + "B==\""); // not canonical
        malformed(state, ",\"check\":" + check, "");
        malformed(state, "\"version\":3", "\"version\":0");
        malformed(state, "\"version\":3", "\"version\":2147483648");
        malformed(state, "\"purpose\":\"volume\"", "\"purpose\":\"Volume\"");
        malformed(state, "\"id\":\"disk\"", "\"id\":\"../disk\"");
        malformed(state, "\"id\":\"disk\"", "\"id\":\"disk\",\"more\":1");
        malformed(state, "\"keys\":[{\"id\"", "\"keys\":[],\"keys\":[{\"id\"");
        malformed(state, "\"keys\":[{\"id\"", "\"keys\":[{},{\"id\"");
    }

    /// The key itself is in a blob of the key service, or nowhere.
    @Test
    @Tag("claim-K2")
    void stateThatHasAKeyItself_isMalformed() {
        var state = state(key("disk", KeyPurpose.VOLUME, 3));
        var enc = "\"enc\":\"" + "A".repeat(43) + "=\",";
        var sealed = "\"sealed\":\"" + "A".repeat(64) + "\",";
        for (var members : List.of(enc, sealed, enc + sealed)) {
            malformed(state, "\"check\":", members + "\"check\":");
        }
    }

    @Test
    @Tag("claim-K2")
    void moreKeysThanABoundOrOneTwice_cannotExist() {
        var many = new TenantKey[Grant.MAX_KEYS + 1];
        var granted = new Grant.Key[Grant.MAX_KEYS + 1];
        for (int i = 0; i < many.length; i++) {
            many[i] = key("k" + i, KeyPurpose.VOLUME, 1);
            granted[i] = new Grant.Key(new KeyName("k" + i), KeyPurpose.VOLUME, 1);
        }
        assertThatThrownBy(() -> state(many)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Ceremony.grant(Ceremony.DEMO, 0, granted))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> state(key("disk", KeyPurpose.VOLUME, 3), key("disk", KeyPurpose.SNAPSHOT, 3)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Ceremony.grant(Ceremony.DEMO, 0, GRANTED, GRANTED))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @Tag("claim-K2")
    void olderVersionThanOneThatWasTaken_isRefusedForever() throws Exception {
        var files = new VolatileFiles();
        var log = new TestLog();
        var root = ceremony.root();
        var store = open(files, root);
        store.installGrant(grant.envelope());
        store.keysSigned((_, _) -> true);
        var first = Bytes.of(ceremony.signed(state(key("disk", KeyPurpose.VOLUME, 5))));
        var installed = store.installState(first, log.proof(first, ceremony.stateKey, store.floor()));
        // without the key, so that no state in force remembers it
        var none = next(installed.state().digest(), 2);
        var envelope = Bytes.of(ceremony.signed(none));
        var second = store.installState(envelope, log.proof(envelope, ceremony.stateKey, store.floor()));
        var again = open(files, root);
        assertThat(again.floor()).isEqualTo(HighWaterMark.parse(again.floor().bytes()));
        var older = Bytes.of(ceremony.signed(next(second.state().digest(), 3, key("disk", KeyPurpose.VOLUME, 4))));
        assertThatThrownBy(() -> again.installState(older, log.proof(older, ceremony.stateKey, again.floor())))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(DocumentReason.KEY_SUPERSEDED));
        var same = Bytes.of(ceremony.signed(next(second.state().digest(), 3, key("disk", KeyPurpose.VOLUME, 5))));
        assertThatCode(() -> again.installState(same, log.proof(same, ceremony.stateKey, again.floor())))
                .doesNotThrowAnyException();
    }

    private static TenantKey checked(int version, int fill) {
        var check = new byte[TenantKey.CHECK_SIZE];
        Arrays.fill(check, (byte) fill);
        return new TenantKey(DISK, KeyPurpose.VOLUME, version, Bytes.of(check));
    }

    @Test
    @Tag("claim-K2")
    void anotherCheckValueUnderOneVersion_isEquivocation_overRestartsToo() throws Exception {
        var files = new VolatileFiles();
        var log = new TestLog();
        var root = ceremony.root();
        var store = open(files, root);
        store.installGrant(grant.envelope());
        store.keysSigned((_, _) -> true);
        var first = Bytes.of(ceremony.signed(state(checked(5, 1))));
        var digest = store.installState(first, log.proof(first, ceremony.stateKey, store.floor()))
                .state()
                .digest();
        for (var each : List.of(store, open(files, root))) {
            var before = each.floor();
            var second = Bytes.of(ceremony.signed(next(digest, 2, checked(5, 2))));
            var proof = log.proof(second, ceremony.stateKey, each.floor());
            assertThatThrownBy(() -> each.installState(second, proof))
                    .hasMessageContaining("tenant demo, key disk, version 5")
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            e -> assertThat(e.reason()).isEqualTo(DocumentReason.KEY_EQUIVOCATION));
            assertThat(each.floor().at(before.time())).isEqualTo(before);
        }
        var newer = Bytes.of(ceremony.signed(next(digest, 2, checked(6, 2))));
        assertThatCode(() -> store.installState(newer, log.proof(newer, ceremony.stateKey, store.floor())))
                .doesNotThrowAnyException();
    }

    private NodeState next(Digest previous, long sequence, TenantKey... keys) {
        return Ceremony.withKeys(plain, sequence, Optional.of(previous), keys);
    }

    private TrustStore open(VolatileFiles files, Verified<TrustRoot> root) throws Exception {
        return TrustStore.open(
                files,
                ceremony.verifier,
                root,
                Ceremony.NODE,
                NodeMode.DEV,
                new NodeClocks(() -> Ceremony.NOW, () -> 0),
                line -> {
                    throw new AssertionError(line);
                });
    }

    /// Names as long as they may be: what a node has to remember is still read at its next start.
    @Test
    @Tag("claim-K2")
    void moreKeysThanANodeCanRemember_areRefused_andWhatItRemembersIsRead() throws Exception {
        var versions = new HashMap<String, HighWaterMark.NewestKey>();
        var grants = new HashMap<TenantId, HighWaterMark.Newest>();
        for (int i = 0; i < HighWaterMark.MAX_KEYS; i++) {
            var name = "t%062d".formatted(i);
            var check = Bytes.of(new byte[TenantKey.CHECK_SIZE]);
            versions.put(name + "/" + name, new HighWaterMark.NewestKey(Integer.MAX_VALUE, check));
            grants.put(new TenantId(name), new HighWaterMark.Newest(Integer.MAX_VALUE, grant.digest()));
        }
        var full = new HighWaterMark(1, 0, Optional.empty(), Optional.empty(), TimeMark.NONE, grants, versions);
        assertThat(HighWaterMark.parse(full.bytes())).isEqualTo(full);
        var files = new VolatileFiles();
        files.put("floor.json", full.bytes());
        var store = open(files, ceremony.root());
        store.installGrant(grant.envelope());
        store.keysSigned((_, _) -> true);
        var state = Bytes.of(ceremony.signed(state(key("disk", KeyPurpose.VOLUME, 5))));
        var proof = new TestLog().proof(state, ceremony.stateKey, store.floor());
        tooLarge(() -> store.installState(state, proof));
        assertThat(store.floor().at(TimeMark.NONE)).isEqualTo(full);
        store.keysSigned((_, _) -> false);
        store.installState(state, proof);
        var before = store.floor();
        tooLarge(() -> store.keysSigned((_, _) -> true));
        assertThat(store.floor()).isEqualTo(before);
        store.installState(state, new TestLog().proof(state, ceremony.stateKey, HighWaterMark.NONE));
    }

    private static void tooLarge(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(DocumentReason.TOO_LARGE));
    }

    /// A signer of states within a grant, without a key service, could otherwise end every version of a key.
    @Test
    @Tag("claim-K2")
    void versionThatTheKeyServiceHasNotSigned_leavesNoTrace() throws Exception {
        var files = new VolatileFiles();
        var log = new TestLog();
        var store = open(files, ceremony.root());
        store.installGrant(grant.envelope());
        store.keysSigned((tenant, key) -> tenant.equals(Ceremony.DEMO) && key.equals(checked(5, 1)));
        var first = Bytes.of(ceremony.signed(state(checked(Integer.MAX_VALUE, 2))));
        var digest = store.installState(first, log.proof(first, ceremony.stateKey, store.floor()))
                .state()
                .digest();
        assertThat(store.floor().keys()).isEmpty();
        assertThat(open(files, ceremony.root()).installed()).isPresent();
        var second = Bytes.of(ceremony.signed(next(digest, 2, checked(5, 1))));
        digest = store.installState(second, log.proof(second, ceremony.stateKey, store.floor()))
                .state()
                .digest();
        assertThat(store.floor().keys().get("demo/disk").version()).isEqualTo(5);
        var older = Bytes.of(ceremony.signed(next(digest, 3, checked(4, 1))));
        var proof = log.proof(older, ceremony.stateKey, store.floor());
        assertThatThrownBy(() -> store.installState(older, proof)).isInstanceOf(RefusedException.class);
    }

    private Bytes rootOf(int version, Ceremony.Key keys, Ceremony.Key... compromised) {
        var plain = ceremony.rootWithNodeKey(version);
        var roles = new HashMap<>(plain.roles());
        roles.put(Role.KEYS, Ceremony.keys(1, keys));
        var names = Stream.of(compromised).map(key -> key.verifyKey().id()).collect(Collectors.toUnmodifiableSet());
        var root = new TrustRoot(version, plain.issuedAt(), plain.expires(), roles, names);
        return Bytes.of(Ceremony.signed(DocumentType.ROOT, Payloads.of(root), ceremony.rootKey));
    }

    /// A stolen key of the key service could have signed the last version that there can be.
    @Test
    @Tag("claim-T8")
    void keyServicesKeyThatIsCompromised_losesWhatItHasSigned_andOneThatIsReplacedDoesNot() throws Exception {
        var stolen = Ceremony.Key.fresh();
        var next = Ceremony.Key.fresh();
        var files = new VolatileFiles();
        var first = rootOf(1, stolen);
        var pinned = ceremony.verifier.pinnedRoot(
                first.array(),
                Envelope.parse(first.array(), DocumentType.ROOT).payload().digest());
        var store = open(files, pinned);
        store.installGrant(grant.envelope());
        store.keysSigned((_, _) -> true);
        var state = Bytes.of(ceremony.signed(state(checked(Integer.MAX_VALUE, 1))));
        store.installState(state, new TestLog().proof(state, ceremony.stateKey, store.floor()));
        var before = store.floor();
        assertThat(before.keys()).hasSize(1);
        store.installRoot(rootOf(2, next));
        assertThat(store.floor().keys()).isEqualTo(before.keys());
        store.installRoot(rootOf(3, next, stolen));
        for (var each : List.of(store, open(files, pinned))) {
            assertThat(each.floor().keys()).isEmpty();
            assertThat(each.floor().sequence()).isEqualTo(1);
            assertThat(each.installed()).isPresent();
        }
    }
}
