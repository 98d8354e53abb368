package dev.mvm.linux.libcrypto;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.property.Property;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class Ed25519Test {
    private static final int VECTORS = 151;

    private final Libcrypto libcrypto;
    private final Ed25519 ed25519;

    Ed25519Test() throws Exception {
        libcrypto = new Libcrypto();
        ed25519 = new Ed25519(libcrypto);
    }

    @Test
    @Tag("claim-T1")
    void everyVector_isJudgedAsItShouldBe() throws Exception {
        int seen = 0;
        try (var file = Ed25519Test.class.getResourceAsStream("ed25519.txt")) {
            for (var line : new String(file.readAllBytes(), US_ASCII).lines().toList()) {
                if (!line.startsWith("#")) {
                    var fields = line.split(" ", -1);
                    assertThat(ed25519.verify(hex(fields[2]), hex(fields[3]), hex(fields[4])))
                            .as("vector %s", fields[0])
                            .isEqualTo(fields[1].equals("valid"));
                    seen++;
                }
            }
        }
        assertThat(seen).isEqualTo(VECTORS);
    }

    private static byte[] hex(String text) {
        return text.equals("-") ? new byte[0] : HexFormat.of().parseHex(text);
    }

    @Test
    void signatureOfAnotherImplementation_isGoodAndAnyChangeIsNot() throws Exception {
        var pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        var key = raw(pair);
        Property.holds(60, draw -> {
            var message = draw.bytes(0, 300);
            var signature = signed(pair, message);
            assertThat(ed25519.verify(key, message, signature)).isTrue();
            int bit = draw.intBetween(0, 8 * 64 - 1);
            assertThat(ed25519.verify(key, message, flipped(signature, bit))).isFalse();
            assertThat(ed25519.verify(flipped(key, bit % 256), message, signature))
                    .isFalse();
            assertThat(ed25519.verify(key, Arrays.copyOf(message, message.length + 1), signature))
                    .isFalse();
            if (message.length > 0) {
                assertThat(ed25519.verify(key, flipped(message, bit % (8 * message.length)), signature))
                        .isFalse();
            }
        });
    }

    @Test
    void largeMessage_isVerified() throws Exception {
        var pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        var message = new byte[1 << 20];
        var signature = signed(pair, message);
        assertThat(ed25519.verify(raw(pair), message, signature)).isTrue();
        message[1 << 19] = 1;
        assertThat(ed25519.verify(raw(pair), message, signature)).isFalse();
    }

    @Test
    void keyThatIsNoPoint_verifiesNothing() throws Exception {
        for (int fill : new int[] {0, 1, 2, 0x7f, 0xff}) {
            var key = new byte[32];
            Arrays.fill(key, (byte) fill);
            assertThat(ed25519.verify(key, new byte[1], new byte[64])).isFalse();
        }
    }

    @Test
    void otherLengths_areNoSignatureAndNoKey() throws Exception {
        for (int length : new int[] {0, 63, 65, 128}) {
            assertThat(ed25519.verify(new byte[32], new byte[1], new byte[length]))
                    .isFalse();
        }
        assertThatThrownBy(() -> ed25519.verify(new byte[31], new byte[1], new byte[64]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void manyThreads_getTheirOwnAnswers() throws Exception {
        var pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        var key = raw(pair);
        try (var threads = Executors.newFixedThreadPool(4)) {
            var tasks = IntStream.range(0, 400)
                    .<Callable<Boolean>>mapToObj(i -> () -> {
                        var message = new byte[] {(byte) i};
                        var signature = i % 2 == 0 ? signed(pair, message) : new byte[64];
                        return ed25519.verify(key, message, signature) == (i % 2 == 0);
                    })
                    .toList();
            for (var answer : threads.invokeAll(tasks)) {
                assertThat(answer.get()).isTrue();
            }
        }
    }

    @Test
    void failureOfTheLibrary_hasItsReason() {
        libcrypto.clearErrors();
        assertThat(libcrypto.failure("EVP_nothing")).hasMessage("EVP_nothing: error:00000000:lib(0)::reason(0)");
    }

    private static byte[] flipped(byte[] bytes, int bit) {
        var out = bytes.clone();
        out[bit / 8] ^= (byte) (1 << bit % 8);
        return out;
    }

    private static byte[] raw(KeyPair pair) {
        var encoded = pair.getPublic().getEncoded();
        return Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
    }

    private static byte[] signed(KeyPair pair, byte[] message) throws IOException {
        try {
            var signer = Signature.getInstance("Ed25519");
            signer.initSign(pair.getPrivate());
            signer.update(message);
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }
}
