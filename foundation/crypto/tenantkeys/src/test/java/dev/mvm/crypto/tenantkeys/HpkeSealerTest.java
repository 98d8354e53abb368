package dev.mvm.crypto.tenantkeys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.crypto.tenantkeys.KeyException.Reason;
import dev.mvm.linux.libcrypto.Hpke;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class HpkeSealerTest {
    private static final byte[] INFO = "info".getBytes(US_ASCII);
    private static final byte[] AAD = "aad".getBytes(US_ASCII);
    private static final byte[] PLAIN = "0123456789abcdef0123456789abcdef".getBytes(US_ASCII);

    private final Hpke hpke = new Hpke(new Libcrypto());
    private final HpkeSealer sealer = HpkeSealer.find();

    HpkeSealerTest() throws Exception {}

    @Test
    void whatIsSealed_opensAndIsDifferentEachTime() throws Exception {
        try (var key = SecretMemory.allocate(Hpke.KEY_SIZE);
                var opened = SecretMemory.allocate(PLAIN.length)) {
            hpke.generate(key);
            var receiver = new NodePublicKey(Bytes.of(hpke.publicKey(key)));
            var first = sealer.seal(receiver, INFO, AAD, PLAIN);
            var second = sealer.seal(receiver, INFO, AAD, PLAIN);
            for (var each : new HpkeSealer.Sealed[] {first, second}) {
                assertThat(hpke.open(key, each.enc().array(), 0, each.sealed().array(), INFO, AAD, opened))
                        .isTrue();
                assertThat(opened.bytes().toArray(JAVA_BYTE)).isEqualTo(PLAIN);
            }
            assertThat(first.enc()).isNotEqualTo(second.enc());
            assertThat(first.sealed()).isNotEqualTo(second.sealed());
        }
    }

    @Test
    void messagesOfOneContext_openEachUnderItsNumberAndAad() throws Exception {
        try (var key = SecretMemory.allocate(Hpke.KEY_SIZE);
                var opened = SecretMemory.allocate(PLAIN.length)) {
            hpke.generate(key);
            var receiver = new NodePublicKey(Bytes.of(hpke.publicKey(key)));
            var sealed = new ArrayList<Bytes>();
            Bytes enc;
            try (var messages = sealer.begin(receiver, INFO);
                    var plain = SecretMemory.allocate(PLAIN.length)) {
                enc = messages.enc();
                for (int i = 0; i < 300; i++) {
                    plain.bytes().copyFrom(MemorySegment.ofArray(PLAIN)).set(JAVA_BYTE, 0, (byte) i);
                    sealed.add(messages.seal(aad(i), plain.bytes()));
                }
            }
            for (int i = sealed.size() - 1; i >= 0; i--) {
                var message = sealed.get(i).array();
                assertThat(hpke.open(key, enc.array(), i, message, INFO, aad(i), opened))
                        .isTrue();
                assertThat(opened.bytes().get(JAVA_BYTE, 0)).isEqualTo((byte) i);
                assertThat(hpke.open(key, enc.array(), i + 1, message, INFO, aad(i), opened))
                        .isFalse();
                assertThat(hpke.open(key, enc.array(), i, message, INFO, aad(i + 1), opened))
                        .isFalse();
            }
        }
    }

    private static byte[] aad(int number) {
        return ("aad " + number).getBytes(US_ASCII);
    }

    @Test
    void twoContexts_haveNothingInCommon() throws Exception {
        try (var key = SecretMemory.allocate(Hpke.KEY_SIZE);
                var plain = SecretMemory.allocate(PLAIN.length)) {
            hpke.generate(key);
            var receiver = new NodePublicKey(Bytes.of(hpke.publicKey(key)));
            try (var first = sealer.begin(receiver, INFO);
                    var second = sealer.begin(receiver, INFO)) {
                assertThat(first.enc()).isNotEqualTo(second.enc());
                var message = first.seal(AAD, plain.bytes());
                assertThat(second.seal(AAD, plain.bytes())).isNotEqualTo(message);
                assertThat(first.seal(AAD, plain.bytes())).isNotEqualTo(message);
            }
        }
    }

    @Test
    @SuppressWarnings("MustBeClosedChecker") // closed twice, and used after that
    void plaintextOnTheHeapAndClosedContext_areRefused() throws Exception {
        try (var key = SecretMemory.allocate(Hpke.KEY_SIZE)) {
            hpke.generate(key);
            var messages = sealer.begin(new NodePublicKey(Bytes.of(hpke.publicKey(key))), INFO);
            assertThatThrownBy(() -> messages.seal(AAD, MemorySegment.ofArray(PLAIN)))
                    .isInstanceOf(IllegalArgumentException.class);
            messages.close();
            messages.close();
            assertThatThrownBy(() -> messages.seal(AAD, key.bytes())).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void pointOfSmallOrder_isRefused() {
        var one = new byte[32];
        one[0] = 1;
        for (var raw : new byte[][] {new byte[32], one}) {
            assertThatThrownBy(() -> sealer.seal(new NodePublicKey(Bytes.of(raw)), INFO, AAD, PLAIN))
                    .isInstanceOfSatisfying(
                            KeyException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BAD_NODE_KEY));
        }
    }

    @Test
    void publicKey_hasOneSpelling() {
        var key = new NodePublicKey(Bytes.of(Arrays.copyOf(PLAIN, 32)));
        assertThat(NodePublicKey.ofBase64(key.base64())).isEqualTo(key);
        assertThat(key.fingerprint()).matches("x25519:[0-9a-f]{64}");
        for (var text :
                new String[] {"", "AAAA", key.base64() + "\n", key.base64().replace("=", ""), "not base64!"}) {
            assertThatThrownBy(() -> NodePublicKey.ofBase64(text)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
