package dev.mvm.protocol.keyd.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Bytes;
import dev.mvm.model.NodeId;
import dev.mvm.property.Property;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.RefusedException;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// Challenges, statements and blobs: what is written reads back, and nothing else is read.
final class KeyDocumentsTest {
    private final KeyService service = new KeyService();

    private static void refused(DocumentReason reason, ThrowingCallable reading) {
        assertThatThrownBy(reading)
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    /// @param before a pattern, replaced where it is first
    private record Change(String before, String after) {}

    private static <T> void unreadable(JsonFields.Reading<byte[], T> reading, String good, List<Change> changes) {
        assertThatCode(() -> reading.of(good.getBytes(UTF_8))).doesNotThrowAnyException();
        for (var change : changes) {
            var bad = good.replaceFirst(change.before, change.after);
            assertThat(bad).isNotEqualTo(good);
            assertThatThrownBy(() -> reading.of(bad.getBytes(UTF_8)))
                    .as(bad)
                    .isInstanceOf(JsonException.class)
                    .hasMessageNotContaining("\n");
        }
    }

    @Test
    void everyDocument_readsBackWhatItWroteAndWritesTheSameBytes() {
        Property.holds(500, draw -> {
            var challenge = Drawn.challenge(draw);
            var asked = KeyChallenge.parse(KeyPayloads.of(challenge));
            assertThat(asked).isEqualTo(challenge);
            assertThat(KeyPayloads.of(asked)).isEqualTo(KeyPayloads.of(challenge));
            var statement = Drawn.statement(draw);
            var payload = statement.unsigned().payload();
            assertThat(SignedStatement.parse(payload.array())).isEqualTo(statement);
            assertThat(SignedStatement.parse(payload.array()).unsigned().payload())
                    .isEqualTo(payload);
            var blob = Drawn.blob(draw);
            var sealed = KeyBlob.parse(KeyPayloads.of(blob));
            assertThat(sealed).isEqualTo(blob);
            assertThat(KeyPayloads.of(sealed)).isEqualTo(KeyPayloads.of(blob));
        });
    }

    @Test
    void oneAlteredByteOfAnEnvelope_isRefused() throws Exception {
        var root = service.root();
        var challenge = Ceremony.signed(KeyChallenge.TYPE, KeyPayloads.of(KeyService.challenge()), service.keys);
        var blob = Ceremony.signed(KeyBlob.TYPE, KeyPayloads.of(KeyService.blob()), service.keys);
        var statement = KeyService.signed(KeyService.statement(), service.identity);
        assertThat(KeyChallenge.verified(service.ceremony.verifier, root, challenge)
                        .value())
                .isEqualTo(KeyService.challenge());
        assertThat(KeyBlob.verified(service.ceremony.verifier, root, blob).value())
                .isEqualTo(KeyService.blob());
        assertThat(SignedStatement.read(statement, service::identities, service.check())
                        .value())
                .isEqualTo(KeyService.statement());
        Property.holds(300, draw -> {
            int bit = draw.intBetween(0, 7);
            long place = draw.between(0, Integer.MAX_VALUE);
            assertThatThrownBy(() ->
                            KeyChallenge.verified(service.ceremony.verifier, root, altered(challenge, place, bit)))
                    .isInstanceOf(RefusedException.class);
            assertThatThrownBy(() -> KeyBlob.verified(service.ceremony.verifier, root, altered(blob, place, bit)))
                    .isInstanceOf(RefusedException.class);
            assertThatThrownBy(() ->
                            SignedStatement.read(altered(statement, place, bit), service::identities, service.check()))
                    .isInstanceOf(RefusedException.class);
        });
    }

    private static byte[] altered(byte[] envelope, long place, int bit) {
        var out = envelope.clone();
        out[(int) (place % out.length)] ^= (byte) (1 << bit);
        return out;
    }

    @Test
    void challengeAndBlob_areSignedByRoleKeysAlone() {
        var verifier = service.ceremony.verifier;
        var root = service.root();
        var payload = KeyPayloads.of(KeyService.blob());
        var ceremony = service.ceremony;
        for (var key : List.of(ceremony.rootKey, ceremony.grantKey, ceremony.stateKey, ceremony.nodeKey)) {
            refused(
                    DocumentReason.UNTRUSTED_KEY,
                    () -> KeyBlob.verified(verifier, root, Ceremony.signed(KeyBlob.TYPE, payload, key)));
            refused(
                    DocumentReason.UNTRUSTED_KEY,
                    () -> KeyChallenge.verified(
                            verifier,
                            root,
                            Ceremony.signed(KeyChallenge.TYPE, KeyPayloads.of(KeyService.challenge()), key)));
        }
        refused(
                DocumentReason.UNSIGNED,
                () -> KeyBlob.verified(verifier, root, Ceremony.signed(KeyBlob.TYPE, payload)));
    }

    @Test
    void rootWithoutRoleKeys_vouchesForNoKeyService() {
        var blob = Ceremony.signed(KeyBlob.TYPE, KeyPayloads.of(KeyService.blob()), service.keys);
        refused(
                DocumentReason.UNTRUSTED_KEY,
                () -> KeyBlob.verified(service.ceremony.verifier, service.ceremony.root(), blob));
    }

    @Test
    void roleKeys_signsNothingElse() {
        var verifier = service.ceremony.verifier;
        var root = service.root();
        var grant = Ceremony.signed(DocumentType.GRANT, KeyPayloads.of(KeyService.blob()), service.keys);
        refused(DocumentReason.UNTRUSTED_KEY, () -> verifier.grant(root, grant));
        var state = Ceremony.signed(DocumentType.NODE_STATE, new byte[] {'{', '}'}, service.keys);
        refused(DocumentReason.UNTRUSTED_KEY, () -> verifier.loggedState(root, state));
        var head = Ceremony.signed(DocumentType.TREE_HEAD, new byte[] {'{', '}'}, service.keys);
        refused(DocumentReason.UNTRUSTED_KEY, () -> verifier.treeHead(root, head));
    }

    @Test
    void oneKindOfDocument_neverPassesForAnother() {
        var verifier = service.ceremony.verifier;
        var root = service.root();
        var challenge = KeyPayloads.of(KeyService.challenge());
        var asBlob = Ceremony.signed(KeyBlob.TYPE, challenge, service.keys);
        refused(DocumentReason.MALFORMED, () -> KeyBlob.verified(verifier, root, asBlob));
        refused(DocumentReason.WRONG_TYPE, () -> KeyChallenge.verified(verifier, root, asBlob));
        refused(DocumentReason.WRONG_TYPE, () -> SignedStatement.read(asBlob, service::identities, service.check()));
    }

    @Test
    void challengeWithAnythingElseInIt_isMalformed() {
        unreadable(
                KeyChallenge::parse,
                new String(KeyPayloads.of(KeyService.challenge()), UTF_8),
                List.of(
                        new Change("\\{", "{\"more\":1,"),
                        new Change("\"schema\":1", "\"schema\":2"),
                        new Change("\"fleet\":\"sha256:", "\"fleet\":\"sha512:"),
                        new Change("\"node\":\"n-1\"", "\"node\":\"N-1\""),
                        new Change("\"nonce\":\"AAAA", "\"nonce\":\""),
                        new Change("\"nonce\":\"", "\"nonce\":\"AAAA"),
                        new Change("A=\"", "B=\""),
                        new Change("\"period\":7", "\"period\":0"),
                        new Change("\"period\":7,", ""),
                        new Change("\"period\":7", "\"period\":2147483648"),
                        new Change("\"period\":7", "\"period\":\"7\""),
                        new Change("\"period\":7", "\"period\":7,\"period\":7"),
                        new Change("\"time\":\"20", "\"time\":\"30"),
                        new Change("Z\"", "+00:00\""),
                        new Change("\"credential\":\"\"", "\"credential\":\"=\""),
                        new Change("\"credential\":\"\"", "\"credential\":\"" + "AAAA".repeat(342) + "\""),
                        new Change("\"credential\":\"\"", "\"credential\":null")));
    }

    @Test
    void statementWithAnythingElseInIt_isMalformed() {
        unreadable(
                SignedStatement::parse,
                new String(KeyService.statement().unsigned().payload().array(), UTF_8),
                List.of(
                        new Change("\\{", "{\"more\":1,"),
                        new Change("\"schema\":1", "\"schema\":0"),
                        new Change("\"challenge\":\"sha256:", "\"challenge\":\""),
                        new Change("\"boot\":\"0", "\"boot\":\"G"),
                        new Change("\"boot\":\"0", "\"boot\":\""),
                        new Change("\"boot\":\"0", "\"boot\":\"A"),
                        new Change("\"suite\":\"x25519\"", "\"suite\":\"x-wing\""),
                        new Change("\"suite\":\"x25519\",", ""),
                        new Change("\"key\":\"AAAA", "\"key\":\""),
                        new Change("\"mode\":\"dev\"", "\"mode\":\"DEV\""),
                        new Change("\"tenant\":\"demo\"", "\"tenant\":\"-demo\""),
                        new Change("\"id\":\"disk\"", "\"id\":\"\""),
                        new Change("\"version\":3", "\"version\":0"),
                        new Change("\"check\":\"AAAA", "\"check\":\""),
                        new Change("\\[(.*)\\]", "[$1,$1]"),
                        new Change("\\[.*\\]", "{}"),
                        new Change("\\}\\]", ",\"more\":1}]")));
    }

    @Test
    void blobWithAnythingElseInIt_isMalformed() {
        unreadable(
                KeyBlob::parse,
                new String(KeyPayloads.of(KeyService.blob()), UTF_8),
                List.of(
                        new Change("\\{", "{\"more\":1,"),
                        new Change("\"schema\":1", "\"schema\":2"),
                        new Change("\"statement\":\"sha256:", "\"statement\":\"sha256:0"),
                        new Change("\"period\":7", "\"period\":-1"),
                        new Change("\"issued\":\"20", "\"issued\":\"30"),
                        new Change("\"enc\":\"AAAA", "\"enc\":\""),
                        new Change("\"enc\":\"", "\"enc\":\"AAAA"),
                        new Change("\"purpose\":\"volume\"", "\"purpose\":\"VOLUME\""),
                        new Change("\"version\":3", "\"version\":0"),
                        new Change("\"primary\":1", "\"primary\":2"),
                        new Change("\"primary\":1", "\"primary\":true"),
                        new Change("\"primary\":0", "\"primary\":1"),
                        new Change("\"home\":\"n-1\"", "\"home\":\"n-2\""),
                        new Change("\"home\":\"n-2\"", "\"home\":\"n-1\""),
                        new Change("\"version\":2", "\"version\":3"),
                        new Change("\"check\":\"AAAA", "\"check\":\""),
                        new Change("\"sealed\":\"AAAA", "\"sealed\":\""),
                        new Change("\"sealed\":\"", "\"sealed\":\"AAAA"),
                        new Change("\\}\\]", ",\"more\":1}]")));
    }

    @Test
    void boundsOfNumbers_areOnTheRightSide() {
        var most = IntStream.rangeClosed(1, KeyBlob.MAX_KEYS)
                .mapToObj(version -> KeyService.key(version, version == 1, KeyService.NODE))
                .toList();
        assertThat(KeyService.blob(most).keys()).hasSize(4096);
        var more = IntStream.rangeClosed(1, KeyBlob.MAX_KEYS + 1)
                .mapToObj(version -> KeyService.key(version, false, KeyService.NODE))
                .toList();
        assertThatThrownBy(() -> KeyService.blob(more)).hasMessageContaining("4096");
        var challenge = KeyService.challenge();
        assertThat(challenge(challenge, 1024, 1).credential().length()).isEqualTo(1024);
        assertThatThrownBy(() -> challenge(challenge, 1025, 1)).hasMessageContaining("1024");
        assertThatThrownBy(() -> challenge(challenge, 0, 0)).hasMessageContaining("expires");
        var largest = challenge(challenge, 1024, 1);
        assertThat(KeyPayloads.of(largest).length).isLessThan(KeyChallenge.TYPE.maxBytes());
    }

    private static KeyChallenge challenge(KeyChallenge plain, int credential, int seconds) {
        return new KeyChallenge(
                plain.fleet(),
                plain.node(),
                plain.nonce(),
                plain.period(),
                plain.time(),
                plain.time().plusSeconds(seconds),
                Bytes.of(new byte[credential]));
    }

    /// A payload may reach its bound of bytes before that of keys: then it cannot be written.
    @Test
    void blobBeyondItsBytes_isNotWritten() {
        var home = new NodeId("x".repeat(63));
        var keys = IntStream.rangeClosed(1_000_000_000, 1_000_000_000 + KeyBlob.MAX_KEYS - 1)
                .mapToObj(version -> KeyService.key(version, false, home))
                .toList();
        var blob = KeyService.blob(keys);
        assertThatThrownBy(() -> KeyPayloads.of(blob)).hasMessageContaining("at most 1048576");
    }

    @Test
    void primaryVersion_isOneAndAtHome() {
        assertThatThrownBy(() -> KeyService.blob(
                        List.of(KeyService.key(1, true, KeyService.NODE), KeyService.key(2, true, KeyService.NODE))))
                .hasMessageContaining("primary");
        assertThatThrownBy(() -> KeyService.blob(List.of(KeyService.key(1, true, new NodeId("n-2")))))
                .hasMessageContaining("primary");
        assertThatThrownBy(() -> KeyService.blob(
                        List.of(KeyService.key(1, true, KeyService.NODE), KeyService.key(1, false, KeyService.NODE))))
                .hasMessageContaining("twice");
    }

    @Test
    void aad_isAnotherForEveryPlace() {
        var blob = KeyService.blob();
        assertThat(blob.keys().stream().map(key -> new String(blob.aad(key), UTF_8)))
                .doesNotHaveDuplicates()
                .first()
                .isEqualTo(KeyService.FLEET + "\nn-1\ndemo\ndisk\nvolume\n3\nn-1\n");
    }

    @FuzzTest(maxDuration = "10s")
    void arbitraryPayload_isAChallengeThatWritesItselfBack_orMalformed(byte[] data) throws Exception {
        try {
            var read = KeyChallenge.parse(data);
            assertThat(KeyChallenge.parse(KeyPayloads.of(read))).isEqualTo(read);
        } catch (JsonException e) {
            assertThat(e.getMessage()).doesNotContain("\n");
        }
    }

    @FuzzTest(maxDuration = "10s")
    void arbitraryPayload_isAStatementThatWritesItselfBack_orMalformed(byte[] data) throws Exception {
        try {
            var read = SignedStatement.parse(data);
            assertThat(SignedStatement.parse(read.unsigned().payload().array())).isEqualTo(read);
        } catch (JsonException e) {
            assertThat(e.getMessage()).doesNotContain("\n");
        }
    }

    @FuzzTest(maxDuration = "10s")
    void arbitraryPayload_isABlobThatWritesItselfBack_orMalformed(byte[] data) throws Exception {
        try {
            var read = KeyBlob.parse(data);
            assertThat(KeyBlob.parse(KeyPayloads.of(read))).isEqualTo(read);
        } catch (JsonException e) {
            assertThat(e.getMessage()).doesNotContain("\n");
        }
    }

    @FuzzTest(maxDuration = "10s")
    void arbitraryBytes_areNoSignedStatement(byte[] data) {
        assertThatThrownBy(() -> SignedStatement.read(data, service::identities, service.check()))
                .isInstanceOf(RefusedException.class);
    }
}
