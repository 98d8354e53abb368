package dev.mvm.linux.libcrypto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.libcrypto.ReferenceHpke.Aead;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.MemorySegment;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// libcrypto opens what an implementation of its own has sealed, and nothing else. That implementation is held against
/// RFC 9180 appendix A.1, whose suite differs in the length of the AES key alone.
final class HpkeTest {
    private static final byte[] INFO = "info".getBytes(US_ASCII);
    private static final byte[] AAD = "aad".getBytes(US_ASCII);

    private final Hpke hpke = new Hpke(new Libcrypto());
    private final Random random = new Random(9180);

    HpkeTest() throws Exception {}

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    private byte[] bytes(int size) {
        var out = new byte[size];
        random.nextBytes(out);
        return out;
    }

    private static void fill(SecretMemory memory, byte[] content) {
        memory.bytes().copyFrom(MemorySegment.ofArray(content));
    }

    private static byte[] content(SecretMemory memory) {
        return memory.bytes().toArray(JAVA_BYTE);
    }

    @Test
    void reference_agreesWithTheVectorsOfTheRfc() throws Exception {
        var sender = ReferenceHpke.sender(
                Aead.AES_128_GCM,
                hex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736"),
                hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"),
                hex("4f6465206f6e2061204772656369616e2055726e"));
        assertThat(sender.enc()).isEqualTo(hex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"));
        assertThat(sender.sharedSecret())
                .isEqualTo(hex("fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc"));
        assertThat(sender.key()).isEqualTo(hex("4531685d41d65f03dc48f6b8302c05b0"));
        assertThat(sender.baseNonce()).isEqualTo(hex("56d890e5accaaf011cff4b7d"));
        var messages = Map.of(
                0, "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
                1, "af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84",
                2, "498dfcabd92e8acedc281e85af1cb4e3e31c7dc394a1ca20e173cb72516491588d96a19ad4a683518973dcc180",
                4, "583bd32bc67a5994bb8ceaca813d369bca7b2a42408cddef5e22f880b631215a09fc0012bc69fccaa251c0246d",
                255, "7175db9717964058640a3a11fb9007941a5d1757fda1a6935c805c21af32505bf106deefec4a49ac38d71c9e0a",
                256, "957f9800542b0b8891badb026d79cc54597cb2d225b54c00c5238c25d05c30e3fbeda97d2e0e1aba483a2df9f2");
        for (var message : messages.entrySet()) {
            assertThat(sender.seal(
                            message.getKey(),
                            ("Count-" + message.getKey()).getBytes(US_ASCII),
                            hex("4265617574792069732074727574682c20747275746820626561757479")))
                    .isEqualTo(hex(message.getValue()));
        }
    }

    /// One message, with the RFC's keys of receiver and sender.
    @Test
    void vectorOfTheRfcsKeys_isWhatTheReferenceSealsAndLibcryptoOpens() throws Exception {
        var info = "mvm sealed key v1".getBytes(US_ASCII);
        var aad = "n-dev\ndemo\nvolume\ndisk\n3\n".getBytes(US_ASCII);
        var secret = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        var sealed = hex("c2140cc229b084a1bbeecd2e24ece6b847dde912a8b19e629fff813db7c79c17"
                + "a182368e851d312079a4baca4aeb0698");
        var sender = ReferenceHpke.sender(
                Aead.AES_256_GCM,
                hex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736"),
                hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"),
                info);
        assertThat(sender.seal(aad, secret)).isEqualTo(sealed);
        try (var key = SecretMemory.allocate(Hpke.KEY_SIZE);
                var opened = SecretMemory.allocate(secret.length)) {
            fill(key, hex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8"));
            assertThat(hpke.open(key, sender.enc(), 0, sealed, info, aad, opened))
                    .isTrue();
            assertThat(content(opened)).isEqualTo(secret);
        }
    }

    /// Those that docs/protocol/keyd.md shows: two messages of one context.
    @Test
    void messagesOfTheBlobInTheDocument_areWhatTheReferenceSealsAndLibcryptoOpens() throws Exception {
        var info = "mvm key blob v1".getBytes(US_ASCII);
        var place = "sha256:" + "f1".repeat(32) + "\nn-dev\ndemo\ndisk\nvolume\n";
        var sender = ReferenceHpke.sender(
                Aead.AES_256_GCM,
                hex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736"),
                hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"),
                info);
        var aads = new byte[][] {(place + "3\nn-dev\n").getBytes(US_ASCII), (place + "2\nn-old\n").getBytes(US_ASCII)};
        var plain = new byte[][] {
            hex("efcc665e1942ba99a1e8cb7c2ae1877fa796f41d2b6af73abad805e08c9e5420"),
            hex("cef5b90f92a8181be6f0460addaba3b884ff068be9019812bb649ec190df6d99")
        };
        var sealed = new String[] {
            "fU92tOpisxsOIZTgOSDTBOsHBEgI1O1nEZ/prjkqL2h2zF8nXkmwriCfkQeuluIe",
            "WsKKpEUFyy6Y/WOI924qZAqnCfw67jsfMOqABLDzTGUvsqOxtADMdKiB7OFNk1h2"
        };
        try (var key = SecretMemory.allocate(Hpke.KEY_SIZE);
                var opened = SecretMemory.allocate(32)) {
            fill(key, hex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8"));
            for (int i = 0; i < 2; i++) {
                var message = Base64.getDecoder().decode(sealed[i]);
                assertThat(sender.seal(i, aads[i], plain[i])).isEqualTo(message);
                assertThat(hpke.open(key, sender.enc(), i, message, info, aads[i], opened))
                        .isTrue();
                assertThat(content(opened)).isEqualTo(plain[i]);
                assertThat(hpke.open(key, sender.enc(), i, message, info, aads[1 - i], opened))
                        .isFalse();
            }
        }
    }

    @Test
    void publicKey_isTheRfcs() throws Exception {
        try (var key = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            fill(key, hex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8"));
            assertThat(hpke.publicKey(key))
                    .isEqualTo(hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"));
        }
    }

    @Test
    void whatTheReferenceSealed_opens() throws Exception {
        for (int size : new int[] {1, 16, 32, 4096}) {
            var plain = bytes(size);
            try (var key = SecretMemory.allocate(Hpke.KEY_SIZE);
                    var opened = SecretMemory.allocate(size)) {
                hpke.generate(key);
                var sender = ReferenceHpke.sender(Aead.AES_256_GCM, bytes(32), hpke.publicKey(key), INFO);
                assertThat(hpke.open(key, sender.enc(), 0, sender.seal(AAD, plain), INFO, AAD, opened))
                        .isTrue();
                assertThat(content(opened)).isEqualTo(plain);
            }
        }
    }

    @Test
    void eachMessageOfAContext_opensWithoutTheOthersAndUnderItsNumberAlone() throws Exception {
        try (var key = SecretMemory.allocate(Hpke.KEY_SIZE);
                var opened = SecretMemory.allocate(32)) {
            hpke.generate(key);
            var sender = ReferenceHpke.sender(Aead.AES_256_GCM, bytes(32), hpke.publicKey(key), INFO);
            for (int seq : new int[] {4095, 0, 256, 1, 255, 65_536, Integer.MAX_VALUE}) {
                var plain = bytes(32);
                var sealed = sender.seal(seq, AAD, plain);
                for (int other : new int[] {0, 1, 2, 255, 256, 4095, seq + 1}) {
                    fill(opened, bytes(32));
                    assertThat(hpke.open(key, sender.enc(), other, sealed, INFO, AAD, opened))
                            .isEqualTo(other == seq);
                    assertThat(content(opened)).isEqualTo(other == seq ? plain : new byte[32]);
                }
                assertThat(hpke.open(key, sender.enc(), seq, sealed, INFO, AAD, opened))
                        .isTrue();
                assertThat(content(opened)).isEqualTo(plain);
            }
        }
    }

    @Test
    @Tag("claim-K2")
    void everyFlippedBit_doesNotOpenAndLeavesNothing() throws Exception {
        try (var key = SecretMemory.allocate(Hpke.KEY_SIZE);
                var opened = SecretMemory.allocate(32)) {
            hpke.generate(key);
            var sender = ReferenceHpke.sender(Aead.AES_256_GCM, bytes(32), hpke.publicKey(key), INFO);
            var enc = sender.enc();
            var sealed = sender.seal(AAD, bytes(32));
            for (var part : new byte[][] {enc, sealed, INFO, AAD}) {
                for (int bit = 0; bit < 8 * part.length; bit++) {
                    part[bit / 8] ^= (byte) (1 << bit % 8);
                    fill(opened, bytes(32));
                    assertThat(hpke.open(key, enc, 0, sealed, INFO, AAD, opened))
                            .isFalse();
                    assertThat(content(opened)).isEqualTo(new byte[32]);
                    part[bit / 8] ^= (byte) (1 << bit % 8);
                }
            }
            assertThat(hpke.open(key, enc, 0, sealed, INFO, AAD, opened)).isTrue();
        }
    }

    @Test
    @Tag("claim-K2")
    void anotherKeySuiteOrSize_doesNotOpen() throws Exception {
        try (var key = SecretMemory.allocate(Hpke.KEY_SIZE);
                var other = SecretMemory.allocate(Hpke.KEY_SIZE);
                var opened = SecretMemory.allocate(32)) {
            hpke.generate(key);
            hpke.generate(other);
            var receiver = hpke.publicKey(key);
            var good = ReferenceHpke.sender(Aead.AES_256_GCM, bytes(32), receiver, INFO);
            var weak = ReferenceHpke.sender(Aead.AES_128_GCM, bytes(32), receiver, INFO);
            var sealed = good.seal(AAD, bytes(32));
            assertThat(hpke.open(other, good.enc(), 0, sealed, INFO, AAD, opened))
                    .isFalse();
            assertThat(hpke.open(key, weak.enc(), 0, weak.seal(AAD, bytes(32)), INFO, AAD, opened))
                    .isFalse();
            assertThat(hpke.open(key, good.enc(), 0, good.seal(AAD, bytes(33)), INFO, AAD, opened))
                    .isFalse();
            assertThat(hpke.open(key, bytes(31), 0, sealed, INFO, AAD, opened)).isFalse();
            assertThat(hpke.open(key, new byte[32], 0, sealed, INFO, AAD, opened))
                    .isFalse(); // a point of small order
        }
    }
}
