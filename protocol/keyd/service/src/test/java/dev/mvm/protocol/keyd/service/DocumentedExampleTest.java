package dev.mvm.protocol.keyd.service;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/// The examples of docs/protocol/keyd.md are what the code writes. That libcrypto opens its messages is `HpkeTest`'s.
final class DocumentedExampleTest {
    private static final Path DOCUMENT = Path.of("../../../docs/protocol/keyd.md");

    private final String text = Files.readString(DOCUMENT);

    DocumentedExampleTest() throws Exception {}

    private byte[] payload(int number) {
        var block = Pattern.compile("```json\n(.*?)```", Pattern.DOTALL).matcher(text);
        for (int i = 0; i <= number; i++) {
            assertThat(block.find()).isTrue();
        }
        return block.group(1).replace("\n", "").getBytes(UTF_8);
    }

    private List<String> row(String name) {
        var row = text.lines()
                .filter(line -> line.startsWith("| " + name + " | "))
                .findFirst()
                .orElseThrow();
        var cells = row.split(" *\\| *", -1);
        return List.of(cells).subList(2, cells.length - 1);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    @Test
    void payloads_areCanonicalAndNameEachOther() throws Exception {
        var challenge = KeyChallenge.parse(payload(0));
        assertThat(KeyPayloads.of(challenge)).isEqualTo(payload(0));
        var statement = SignedStatement.parse(payload(1));
        assertThat(statement.unsigned().payload().array()).isEqualTo(payload(1));
        var blob = KeyBlob.parse(payload(2));
        assertThat(KeyPayloads.of(blob)).isEqualTo(payload(2));
        assertThat(statement.challenge()).isEqualTo(Digest.of(payload(0)));
        assertThat(blob.statement()).isEqualTo(Digest.of(payload(1)));
        for (int i = 0; i < 3; i++) {
            assertThat(text).contains("digest is `" + Digest.of(payload(i)) + "`");
        }
        assertThat(blob.node()).isEqualTo(statement.node()).isEqualTo(challenge.node());
        assertThat(blob.period()).isEqualTo(challenge.period());
        assertThat(blob.keys().get(1).key().check())
                .isEqualTo(statement.keys().getFirst().check());
    }

    @Test
    void keysAndCheckValues_areDerivedFromTheTenantsKeys() throws Exception {
        var blob = KeyBlob.parse(payload(2));
        for (int i = 0; i < blob.keys().size(); i++) {
            var key = blob.keys().get(i);
            var tenants = hex(row("tenant's key").get(i));
            assertThat(Bytes.of(expand(tenants, "mvm key check v1", 16)))
                    .isEqualTo(key.key().check());
            assertThat(hex(row("check value").get(i)))
                    .isEqualTo(key.key().check().array());
            assertThat(expand(tenants, HomeKey.info(key.home()), 32))
                    .isEqualTo(hex(row("home key").get(i)));
        }
    }

    private static byte[] expand(byte[] key, String info, int size) throws Exception {
        return KDF.getInstance("HKDF-SHA256")
                .deriveData(
                        HKDFParameterSpec.expandOnly(new SecretKeySpec(key, "Generic"), info.getBytes(US_ASCII), size));
    }

    @Test
    void aad_hasSevenLines() throws Exception {
        var blob = KeyBlob.parse(payload(2));
        assertThat(new String(blob.aad(blob.keys().get(1)), US_ASCII))
                .isEqualTo("sha256:" + "f1".repeat(32) + "\nn-dev\ndemo\ndisk\nvolume\n2\nn-old\n");
    }

    @Test
    void frames_areWhatIsWritten() {
        assertThat(digits(KeydRequests.frame(new KeydRequest.Rotate(new TenantId("demo"), new KeyName("disk")))))
                .isEqualTo(row("`rotate` of `demo`, `disk`").getFirst());
        assertThat(digits(KeydReplies.frame(new KeydReply.Refused("too_soon", "once an hour"))))
                .isEqualTo(row("`refused` for `too_soon`, \"once an hour\"").getFirst());
        assertThat(digits(KeydReplies.frame(new KeydReply.Rotated(4))))
                .isEqualTo(row("`version` 4").getFirst());
    }

    private static String digits(ByteBuffer frame) {
        var bytes = new byte[frame.remaining()];
        frame.get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void bounds_areTheCodes() {
        assertThat(text)
                .contains("| 4,096 bytes | %,d bytes |".formatted(KeyChallenge.TYPE.maxEnvelopeBytes()))
                .contains("| 1,048,576 bytes | %,d bytes |".formatted(KeyBlob.TYPE.maxEnvelopeBytes()))
                .contains("`length` is 2 to %,d, on `documents.sock` to %,d"
                        .formatted(KeydFrame.MAX, KeydFrame.MAX_OF_DOCUMENTS));
    }
}
