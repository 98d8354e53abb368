package dev.mvm.protocol.trust.authoring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.json.JsonException;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.property.Property;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.GrantJson;
import dev.mvm.protocol.trust.Verifier.Parser;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The documents that the key service reads, member by member.
final class KeyServiceDocumentsTest {
    private static final Instant AT = Instant.parse("2026-06-01T12:00:00Z");
    private static final String BOOT = "8c1f0a52-2b9e-4a64-9a0f-3f6b2d1c7e10";
    private static final Digest SOME = Ceremony.SOME;

    private static final Ceremony.Key IDENTITY = Ceremony.Key.fresh();

    private static final GrantRelease RELEASE =
            new GrantRelease(List.of(new NodeId("n-one")), List.of(new NodeLabel("gpu")), false, 3, Attestation.TPM2);

    private static GrantDocument grant(Optional<GrantRelease> release) {
        return new GrantDocument(Ceremony.grant(Ceremony.DEMO, 0), release);
    }

    private static NodeDocument node() {
        return new NodeDocument(
                SOME,
                new NodeId("n-one"),
                3,
                AT,
                AT.plusSeconds(60),
                Optional.of(IDENTITY.verifyKey()),
                new NodeTraits(
                        List.of(new NodeLabel("gpu"), new NodeLabel("west")),
                        Optional.of(new NodeLabel("rack-1")),
                        new NodeTraits.Largest(64, 262_144),
                        20,
                        Reboot.HOLD,
                        Optional.of(SOME),
                        List.of(new BootId(BOOT))));
    }

    private static String text(byte[] payload) {
        return new String(payload, UTF_8);
    }

    private static <T> T read(DocumentType type, String payload, Parser<T> parser) throws JsonException {
        var envelope = Envelopes.unsigned(type, payload.getBytes(UTF_8));
        return parser.parse(payload.getBytes(UTF_8), envelope.schema(type));
    }

    private static void refused(DocumentType type, String good, String from, String to, Parser<?> parser) {
        var bad = good.replaceFirst(from, to);
        assertThat(bad).as(from).isNotEqualTo(good);
        assertThatThrownBy(() -> read(type, bad, parser))
                .as(to)
                .isInstanceOf(JsonException.class)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void words_areThoseOfTheFormat() {
        assertThat(Arrays.stream(Attestation.values()).map(Attestation::word))
                .containsExactly("none", "software", "tpm2");
        assertThat(Arrays.stream(Reboot.values()).map(Reboot::word)).containsExactly("go", "hold");
        assertThat(List.of(NodeDocument.TYPE.mediaType(2), Tombstone.TYPE.mediaType(), Measurements.TYPE.mediaType()))
                .containsExactly(
                        "application/vnd.mvm.node.v2+json",
                        "application/vnd.mvm.tombstone.v1+json",
                        "application/vnd.mvm.measurements.v1+json");
        assertThat(List.of(NodeDocument.TYPE.newest(), Tombstone.TYPE.newest(), Measurements.TYPE.newest()))
                .containsExactly(2, 1, 1);
    }

    @Test
    void everyDocument_readsBackAsItWasWritten() {
        Property.holds(300, draw -> {
            var drawn = new Drawn(draw);
            var node = drawn.node();
            assertThat(read(NodeDocument.TYPE, text(Payloads.of(node)), NodeDocument::read))
                    .isEqualTo(node);
            var grant = grant(draw.flag() ? Optional.of(drawn.release()) : Optional.empty());
            assertThat(read(DocumentType.GRANT, text(Payloads.of(grant)), GrantDocument::read))
                    .isEqualTo(grant);
            var tombstone = drawn.tombstone();
            assertThat(read(Tombstone.TYPE, text(Payloads.of(tombstone)), Tombstone::read))
                    .isEqualTo(tombstone);
            var list = drawn.measurements();
            assertThat(read(Measurements.TYPE, text(Payloads.of(list)), Measurements::read))
                    .isEqualTo(list);
        });
    }

    /// Nodes obey nothing in it, and read the same grant with and without.
    @Test
    void release_isPassedOverByNodes() throws Exception {
        var grant = grant(Optional.of(RELEASE));
        var payload = Payloads.of(grant);
        assertThat(text(payload)).contains("\"release\" : {");
        assertThat(GrantJson.read(payload, 3)).isEqualTo(grant.grant());
        var without = Payloads.of(grant.grant());
        assertThat(GrantJson.read(without, 3)).isEqualTo(grant.grant());
        assertThat(GrantDocument.read(without, 3).release()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"any\" : 0|\"any\" : 2",
                "\"any\" : 0|\"any\" : -1",
                "\"any\" : 0|\"any\" : false",
                "\"any\" : 0|\"any\" : 1",
                "\"any\" : 0|\"some\" : 0",
                "\"any\" : 0,|''",
                "\"max_nodes\" : 3|\"max_nodes\" : 0",
                "\"max_nodes\" : 3|\"max_nodes\" : 4097",
                "\"max_nodes\" : 3|\"max_nodes\" : \"3\"",
                "\"max_nodes\" : 3|\"more\" : 1, \"max_nodes\" : 3",
                "\"tpm2\"|\"tpm\"",
                "\"tpm2\"|\"\"",
                "\"n-one\"|\"n-one\", \"n-one\"",
                "\"n-one\"|\"N-one\"",
                "\"gpu\"|\"gpu\", \"gpu\"",
                "\"gpu\"|\"g_pu\"",
                "\"release\" : \\{|\"release\" : 1, \"x\" : {",
                "\"release\" : \\{|\"release\" : [], \"x\" : {",
            })
    void releaseOutOfItsForm_isRefused(String from, String to) {
        refused(DocumentType.GRANT, text(Payloads.of(grant(Optional.of(RELEASE)))), from, to, GrantDocument::read);
    }

    @Test
    void releaseThatNamesNoNode_cannotExist() {
        assertThatThrownBy(() -> new GrantRelease(List.of(), List.of(), false, 1, Attestation.NONE))
                .hasMessageContaining("without the member keys go to no node");
        var many = IntStream.rangeClosed(0, GrantRelease.MAX_NODES)
                .mapToObj(i -> new NodeId("n-" + i))
                .toList();
        assertThatThrownBy(() -> new GrantRelease(many, List.of(), false, 1, Attestation.NONE))
                .hasMessageContaining("at most 256 nodes");
    }

    @Test
    void release_namesNodesByNameOrByOneOfItsLabels_orAll() {
        var node = node();
        assertThat(RELEASE.names(node)).isTrue();
        assertThat(release("n-two", "west").names(node)).isTrue();
        assertThat(release("n-one", "east").names(node)).isTrue();
        assertThat(release("n-two", "east").names(node)).isFalse();
        assertThat(release("gpu", "n-one").names(node)).isFalse();
        assertThat(release("rack-1", "rack-1").names(node)).isFalse();
        assertThat(new GrantRelease(List.of(), List.of(), true, 1, Attestation.NONE).names(node))
                .isTrue();
    }

    private static GrantRelease release(String node, String label) {
        return new GrantRelease(List.of(new NodeId(node)), List.of(new NodeLabel(label)), false, 1, Attestation.NONE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"schema\" : 2|\"schema\" : 1",
                "\"schema\" : 2|\"schema\" : 3",
                "\"fleet\" : \"sha256:|\"fleet\" : \"",
                "\"version\" : 3|\"version\" : 0",
                "12:01:00Z|12:00:00Z",
                "12:01:00Z|12:01:00.5Z",
                "\"ed25519:|\"ed25519:A",
                "\"gpu\"|\"west\"",
                "\"gpu\"|\"\"",
                "\"rack-1\"|\"rack 1\"",
                "\"vcpus\" : 64|\"vcpus\" : 0",
                "\"vcpus\" : 64|\"vcpus\" : 65537",
                "\"vcpus\" : 64|\"vcpus\" : 64, \"disk_gib\" : 1",
                "\"mem_mib\" : 262144|\"mem_mib\" : 63",
                "\"mem_mib\" : 262144|\"mem_mib\" : 67108865",
                "\"max_tenants\" : 20|\"max_tenants\" : 0",
                "\"max_tenants\" : 20|\"max_tenants\" : 4097",
                "\"hold\"|\"wait\"",
                "\"hold\"|\"\"",
                "\"ek\" : \"sha256:|\"ek\" : \"sha512:",
                "\"8c1f0a52-|\"8C1F0A52-",
                "\"8c1f0a52-|\"",
                "\"reboot\" : \"hold\",|''",
            })
    void nodeDocumentOutOfItsForm_isRefused(String from, String to) {
        refused(NodeDocument.TYPE, text(Payloads.of(node())), from, to, NodeDocument::read);
    }

    @Test
    void nodeDocument_hasAtMostOneIdentity_andPassesOverOthersKeys() throws Exception {
        var good = text(Payloads.of(node()));
        var other = "\"ed25519:" + Ceremony.Key.fresh().verifyKey().base64() + "\", \"ed25519:";
        refused(NodeDocument.TYPE, good, "\"ed25519:", other, NodeDocument::read);
        var later = good.replace("\"ed25519:", "\"mldsa65:AAAA\", \"ed25519:");
        assertThat(read(NodeDocument.TYPE, later, NodeDocument::read)).isEqualTo(node());
        var small = "\"ed25519:" + "A".repeat(43) + "=\"";
        refused(NodeDocument.TYPE, good, "\"ed25519:[^\"]*\"", small, NodeDocument::read);
    }

    /// In schema 1 nothing was said about it, and a reader of that schema passes it over.
    @Test
    void identityInTheFirstSchema_isNotOne() throws Exception {
        var plain = new NodeDocument(SOME, new NodeId("n-one"), 3, AT, AT.plusSeconds(60), Optional.empty());
        var text = text(Payloads.of(plain));
        assertThat(text).contains("\"schema\" : 1,");
        var with = text.replace("[ ]", "[\"ed25519:" + IDENTITY.verifyKey().base64() + "\"]");
        assertThat(with).isNotEqualTo(text);
        assertThat(read(NodeDocument.TYPE, with, NodeDocument::read)).isEqualTo(plain);
    }

    @Test
    void eachMemberOfTheSecondSchemaAlone_makesIt() {
        var plain = new NodeDocument(SOME, new NodeId("n-one"), 3, AT, AT.plusSeconds(60), Optional.empty());
        var identity = new NodeDocument(
                SOME, plain.node(), 3, AT, plain.expires(), Optional.of(IDENTITY.verifyKey()), NodeTraits.NOTHING_SAID);
        var traits = new NodeDocument(
                SOME,
                plain.node(),
                3,
                AT,
                plain.expires(),
                Optional.empty(),
                new NodeTraits(
                        List.of(),
                        Optional.empty(),
                        NodeTraits.Largest.UNLIMITED,
                        NodeTraits.MOST_TENANTS,
                        Reboot.HOLD,
                        Optional.empty(),
                        List.of()));
        assertThat(text(Payloads.of(plain))).contains("\"schema\" : 1,");
        assertThat(text(Payloads.of(identity))).contains("\"schema\" : 2,");
        assertThat(text(Payloads.of(traits))).contains("\"schema\" : 2,");
        assertThat(identity.revokes()).isFalse();
        assertThat(traits.revokes()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"schema\" : 1|\"schema\" : 2",
                "\"tenant\" : \"acme\"|\"tenant\" : \"../acme\"",
                "\"version\" : 4|\"version\" : 0",
                "\"version\" : 4|\"version\" : 2147483648",
                "\"version\" : 4|\"expires\" : \"2026-06-01T12:00:00Z\", \"version\" : 4",
                "\"fleet\" : \"sha256:|\"fleet\" : \"sha256:0",
                "12:00:00Z|12:00:00z",
            })
    void tombstoneOutOfItsForm_isRefused(String from, String to) {
        var good = text(Payloads.of(new Tombstone(SOME, new TenantId("acme"), 4, AT)));
        refused(Tombstone.TYPE, good, from, to, Tombstone::read);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"version\" : 4|\"version\" : 0",
                "12:01:00Z|12:00:00Z",
                "\"name\" : \"0.4.0\"|\"name\" : \"\"",
                "\"name\" : \"0.4.0\"|\"name\" : \"0.4 0\"",
                "\"name\" : \"0.4.0\"|\"name\" : \"0.4.1\"",
                "\"pcr\" : 7|\"pcr\" : 24",
                "\"pcr\" : 7|\"pcr\" : -1",
                "\"pcr\" : 7|\"pcr\" : 11",
                "\"sha256\" : |\"sha1\" : ",
                "\"sha256\" : \\[[^]]*\\]|\"sha256\" : [ ]",
                "\"pcrs\" : \\[|\"pcrs\" : [ ], \"x\" : [",
            })
    void measurementsOutOfTheirForm_areRefused(String from, String to) {
        refused(Measurements.TYPE, text(Payloads.of(measurements())), from, to, Measurements::read);
    }

    private static Measurements measurements() {
        var pcrs = List.of(
                new MeasuredRelease.Pcr(7, List.of(SOME)),
                new MeasuredRelease.Pcr(11, List.of(SOME, Digest.of(new byte[] {2}))));
        return new Measurements(
                SOME,
                4,
                AT,
                AT.plusSeconds(60),
                List.of(new MeasuredRelease("0.4.0", pcrs), new MeasuredRelease("0.4.1", pcrs)));
    }

    @Test
    void digestTwice_isRefused() {
        assertThatThrownBy(() -> new MeasuredRelease.Pcr(7, List.of(SOME, SOME)))
                .hasMessageContaining("each named once");
        var many = IntStream.rangeClosed(0, MeasuredRelease.Pcr.MAX_DIGESTS)
                .mapToObj(i -> Digest.of(new byte[] {(byte) i}))
                .toList();
        assertThatThrownBy(() -> new MeasuredRelease.Pcr(7, many)).hasMessageContaining("at most 64 digests");
    }

    private static void malformedOrReadBack(DocumentType type, byte[] data, Parser<?> parser, Again again) {
        for (int schema = type.oldest(); schema <= type.newest(); schema++) {
            try {
                var read = parser.parse(data, schema);
                var payload = again.of(read);
                var envelope = Envelopes.unsigned(type, payload);
                assertThat(parser.parse(envelope.payload().array(), schemaOf(envelope, type)))
                        .isEqualTo(read);
            } catch (JsonException e) {
                assertThat(e.getMessage()).doesNotContain("\n");
            }
        }
    }

    private static int schemaOf(Envelope envelope, DocumentType type) {
        return envelope.schema(type);
    }

    @FunctionalInterface
    private interface Again {
        byte[] of(Object read);
    }

    @FuzzTest(maxDuration = "10s")
    @Tag("claim-T6")
    void arbitraryGrant_isMalformedOrReadsBack(byte[] data) {
        malformedOrReadBack(DocumentType.GRANT, data, GrantDocument::read, read -> Payloads.of((GrantDocument) read));
    }

    @FuzzTest(maxDuration = "10s")
    @Tag("claim-T6")
    void arbitraryNodeDocument_isMalformedOrReadsBack(byte[] data) {
        malformedOrReadBack(NodeDocument.TYPE, data, NodeDocument::read, read -> Payloads.of((NodeDocument) read));
    }

    @FuzzTest(maxDuration = "10s")
    @Tag("claim-T6")
    void arbitraryTombstone_isMalformedOrReadsBack(byte[] data) {
        malformedOrReadBack(Tombstone.TYPE, data, Tombstone::read, read -> Payloads.of((Tombstone) read));
    }

    @FuzzTest(maxDuration = "10s")
    @Tag("claim-T6")
    void arbitraryMeasurements_areMalformedOrReadBack(byte[] data) {
        malformedOrReadBack(Measurements.TYPE, data, Measurements::read, read -> Payloads.of((Measurements) read));
    }
}
