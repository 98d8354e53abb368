package dev.mvm.protocol.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.JsonException;
import dev.mvm.model.Bytes;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.GuestRuntime;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.PoolId;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.authoring.RevisionDocument;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Documents with every member and every word, as bytes that were written once and are signed by somebody: whatever
/// changes them takes the meaning from signatures that there are.
final class GoldenDocumentsTest {
    private static final Instant AT = Instant.parse("2026-06-01T12:00:00Z");
    private static final Digest REVISION = digest(1);

    private static Digest digest(int of) {
        return Digest.of(new byte[] {(byte) of});
    }

    private static Bytes bytes(int length) {
        var out = new byte[length];
        IntStream.range(0, length).forEach(i -> out[i] = (byte) i);
        return Bytes.of(out);
    }

    /// Public keys of RFC 8032 section 7.1.
    private static VerifyKey key(String hex) {
        return new VerifyKey(HexFormat.of().parseHex(hex));
    }

    static TrustRoot root() {
        var first = key("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        var second = key("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        var third = key("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
        return Ceremony.root(
                7,
                AT,
                AT.plusSeconds(86_400),
                Map.of(
                        Role.STATE,
                        new TrustRoot.Keys(1, List.of(third)),
                        Role.ROOT,
                        new TrustRoot.Keys(2, List.of(first, second)),
                        Role.GRANT,
                        new TrustRoot.Keys(1, List.of(second))));
    }

    private static TrustRoot secondRoot() {
        var roles = new EnumMap<Role, TrustRoot.Keys>(root().roles());
        var fourth = key("278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e");
        roles.put(Role.NODE, new TrustRoot.Keys(1, List.of(fourth)));
        var gone = key("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf");
        return new TrustRoot(8, AT, AT.plusSeconds(86_400), roles, Set.of(gone.id()));
    }

    private static Grant grant(NodeMode mode, int sleepingMemMib, Rates rates) {
        var keys = Arrays.stream(KeyPurpose.values())
                .map(purpose -> new Grant.Key(new KeyName(purpose.word() + "-key"), purpose, 3))
                .toList();
        return new Grant(
                new TenantId("demo"),
                5,
                Ceremony.network(7),
                AT,
                AT.plusSeconds(86_400),
                new Quotas(20, 5120, 10, 9, 4, 8, 100, sleepingMemMib),
                List.of(
                        new Grant.Pool(
                                new PoolId("web"),
                                List.of(REVISION),
                                new Resources(2, 512, 10),
                                new Grant.Range(1, 8),
                                EnumSet.allOf(PoolFlag.class),
                                rates),
                        new Grant.Pool(
                                new PoolId("plain"),
                                List.of(REVISION),
                                new Resources(1, 128, 0),
                                new Grant.Range(0, 1),
                                EnumSet.noneOf(PoolFlag.class),
                                Rates.UNLIMITED)),
                List.of(Ceremony.RUNTIME),
                keys,
                mode);
    }

    private static List<TenantKey> keys() {
        return Arrays.stream(KeyPurpose.values())
                .map(purpose ->
                        new TenantKey(new KeyName(purpose.word() + "-key"), purpose, 3, bytes(TenantKey.CHECK_SIZE)))
                .toList();
    }

    private static NodeState state(int sleepingMemMib, Rates rates, List<TenantKey> keys) {
        return new NodeState(
                new NodeId("n-one"),
                42,
                Optional.of(digest(9)),
                AT,
                AT.plusSeconds(3600),
                List.of(digest(8)),
                List.of(new NodeState.Tenant(
                        new TenantId("demo"),
                        Ceremony.network(7),
                        new Quotas(20, 5120, 10, 9, 4, 8, 100, sleepingMemMib),
                        List.of(new NodeState.Pool(
                                new PoolId("web"),
                                REVISION,
                                new Resources(2, 512, 10),
                                new Counts(3, 2, 1),
                                EnumSet.allOf(PoolFlag.class),
                                rates)),
                        keys)));
    }

    private static byte[] golden(String name) throws IOException {
        try (var in = GoldenDocumentsTest.class.getResourceAsStream("golden/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    private static void same(byte[] written, String name) throws IOException {
        assertThat(new String(written, UTF_8)).isEqualTo(new String(golden(name), UTF_8));
    }

    @Test
    void root_isWrittenAsEver() throws Exception {
        same(Payloads.of(root()), "root.json");
        assertThat(TrustRoot.parse(golden("root.json"), 1)).isEqualTo(root());
        same(Payloads.of(secondRoot()), "root-2.json");
        assertThat(TrustRoot.parse(golden("root-2.json"), 2)).isEqualTo(secondRoot());
        assertThatThrownBy(() -> TrustRoot.parse(golden("root-2.json"), 1)).isInstanceOf(JsonException.class);
        assertThatThrownBy(() -> TrustRoot.parse(golden("root.json"), 2)).isInstanceOf(JsonException.class);
    }

    @Test
    void grant_isWrittenAsEver() throws Exception {
        var grant = grant(NodeMode.HARDENED, 4096, new Rates(10, 0, 200, 1_000_000));
        same(Payloads.of(grant), "grant-3.json");
        assertThat(GrantJson.read(golden("grant-3.json"), 3)).isEqualTo(grant);
    }

    @Test
    void nodeState_isWrittenAsEver() throws Exception {
        var state = state(4096, new Rates(10, 0, 200, 1_000_000), keys());
        same(Payloads.of(state), "node-state-3.json");
        assertThat(NodeStateJson.read(golden("node-state-3.json"), 3)).isEqualTo(state);
    }

    @Test
    void eachMember_isNeeded() throws Exception {
        var grant = new String(golden("grant-3.json"), UTF_8);
        for (var member : List.of("\"max_sleeping_mem_mib\" : 4096", "\"mode\" : \"hardened\"")) {
            var without = grant.replaceAll(",\\s*" + member, "");
            assertThat(without).as(member).isNotEqualTo(grant);
            assertThatThrownBy(() -> GrantJson.read(without.getBytes(UTF_8), 3)).isInstanceOf(JsonException.class);
        }
        var state = new String(golden("node-state-3.json"), UTF_8);
        var without = state.replace(",\"max_sleeping_mem_mib\":4096", "");
        assertThat(without).isNotEqualTo(state);
        assertThatThrownBy(() -> NodeStateJson.read(without.getBytes(UTF_8), 3)).isInstanceOf(JsonException.class);
    }

    @Test
    void checkValues_haveTheirSize() throws Exception {
        var text = new String(golden("node-state-3.json"), UTF_8);
        for (var check : new String[] {"\"\"", "\"AAAA\"", "\"" + "A".repeat(24) + "\"", "1"}) {
            var other = text.replaceAll("\"check\":\"[^\"]*\"", "\"check\":" + check);
            assertThat(other).isNotEqualTo(text);
            assertThatThrownBy(() -> NodeStateJson.read(other.getBytes(UTF_8), 3))
                    .isInstanceOf(JsonException.class);
        }
        var sealed = text.replace("\"version\":3,", "\"version\":3,\"sealed\":\"AAAA\",");
        assertThat(sealed).isNotEqualTo(text);
        assertThatThrownBy(() -> NodeStateJson.read(sealed.getBytes(UTF_8), 3))
                .isInstanceOf(JsonException.class)
                .hasMessageContaining("unknown field 'sealed'");
    }

    /// An envelope's type and its document name one schema, or nobody believes it; earlier schemas are read no longer.
    @Test
    void documentOfAnotherSchema_isRefused() throws Exception {
        for (int schema = 1; schema <= 2; schema++) {
            int earlier = schema;
            assertThatThrownBy(() -> GrantJson.read(golden("grant-3.json"), earlier))
                    .isInstanceOf(JsonException.class);
            assertThatThrownBy(() -> NodeStateJson.read(golden("node-state-3.json"), earlier))
                    .isInstanceOf(JsonException.class);
            for (var type : List.of(DocumentType.GRANT, DocumentType.NODE_STATE)) {
                var envelope = new Envelope(type.mediaType(earlier), Bytes.of(new byte[] {'{', '}'}), List.of());
                assertThatThrownBy(() -> Envelope.parse(Envelopes.bytes(envelope), type))
                        .isInstanceOf(RefusedException.class)
                        .hasMessageContaining("v3+json");
            }
        }
    }

    @Test
    void revision_isWrittenAsEver() throws Exception {
        var image = new Revision.Image(digest(1), 8192 * 4096L, 8000, digest(2), Revision.Image.SALT);
        var runtime = new GuestRuntime(digest(3), digest(4));
        var revision = new RevisionDocument(
                new Revision(Optional.of(image), runtime),
                new RevisionDocument.Source.Container(digest(5), List.of(digest(6), digest(7))),
                Optional.of(digest(8)));
        same(revision.bytes(), "revision.json");
        assertThat(RevisionDocument.read(golden("revision.json"))).isEqualTo(revision);
        assertThat(Revision.parse(golden("revision.json"))).isEqualTo(revision.revision());
        same(Ceremony.BOOTS.bytes(), "revision-of-a-flake.json");
        assertThat(RevisionDocument.read(golden("revision-of-a-flake.json"))).isEqualTo(Ceremony.BOOTS);
    }

    @Test
    void nodeDocument_isWrittenAsEver() throws Exception {
        var signer = root().keys(Role.STATE).keys().getFirst();
        var node = new NodeDocument(digest(6), new NodeId("n-one"), 3, AT, AT.plusSeconds(86_400), Optional.of(signer));
        same(Payloads.of(node), "node-2.json");
        assertThat(NodeDocument.read(golden("node-2.json"), 2)).isEqualTo(node);
        var text = new String(golden("node-2.json"), UTF_8);
        var later = text.replace("\"ed25519:", "\"mldsa65:AAAA\", \"ed25519:");
        assertThat(later).isNotEqualTo(text);
        assertThat(NodeDocument.read(later.getBytes(UTF_8), 2)).isEqualTo(node);
        var twice = text.replace("\"ed25519:", "\"ed25519:" + signer.base64() + "\", \"ed25519:");
        assertThatThrownBy(() -> NodeDocument.read(twice.getBytes(UTF_8), 2)).isInstanceOf(JsonException.class);
    }

    /// Of before the key service: its key is of a type that this version does not know, and is passed over.
    @Test
    void nodeDocumentOfTheFirstSchema_isReadAsOneWithoutAKey() throws Exception {
        var node = new NodeDocument(digest(6), new NodeId("n-one"), 3, AT, AT.plusSeconds(86_400), Optional.empty());
        assertThat(NodeDocument.read(golden("node.json"), 1)).isEqualTo(node);
        assertThat(node.revokes()).isTrue();
    }

    @Test
    void treeHead_isReadAsEver() throws Exception {
        assertThat(TreeHead.parse(golden("tree-head.json"))).isEqualTo(new TreeHead(42, digest(5), AT));
    }

    @Test
    void envelope_isWrittenAsEver() throws Exception {
        var signer = root().roles().get(Role.STATE);
        var signature = new Envelope.Signature(
                Objects.requireNonNull(signer).keys().getFirst().id(), bytes(64));
        var envelope = Envelopes.signed(Envelopes.unsigned(DocumentType.NODE_STATE, new byte[] {1, 2, 3}), signature);
        same(Envelopes.bytes(envelope), "envelope.json");
        assertThat(HexFormat.of().formatHex(envelope.signedBytes())).isEqualTo(new String(golden("signed.hex"), UTF_8));
    }

    private static HighWaterMark floor(Map<String, HighWaterMark.NewestKey> keys) {
        return new HighWaterMark(
                7,
                42,
                Optional.of(digest(9)),
                Optional.of(new TreeHead(42, digest(5), AT)),
                new TimeMark(AT, 40, 86400, AT.plusSeconds(60)),
                Map.of(new TenantId("demo"), new HighWaterMark.Newest(5, digest(8))),
                keys);
    }

    @Test
    void floor_isWrittenAsEver() throws Exception {
        var known = floor(Map.of("demo/disk", new HighWaterMark.NewestKey(3, bytes(TenantKey.CHECK_SIZE))));
        same(known.bytes(), "floor.json");
        assertThat(HighWaterMark.parse(golden("floor.json"))).isEqualTo(known);
        var floor = floor(Map.of());
        assertThat(HighWaterMark.parse(golden("floor-without-key-versions.json")))
                .isEqualTo(floor);
        assertThat(HighWaterMark.parse(golden("floor-without-seen.json")))
                .isEqualTo(floor.at(new TimeMark(AT, 0, -1, Instant.EPOCH)));
        assertThat(HighWaterMark.parse(golden("floor-without-lived.json")))
                .isEqualTo(floor.at(new TimeMark(AT, 0, -1, AT.plusSeconds(60))));
    }
}
