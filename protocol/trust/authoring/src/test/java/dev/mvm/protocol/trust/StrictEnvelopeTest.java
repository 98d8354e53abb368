package dev.mvm.protocol.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.crypto.verify.KeyId;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Envelopes that DSSE 1.0 takes, or lets a reader take, and that are refused here; and what is passed over instead.
/// docs/protocol/trust.md lists these tests.
final class StrictEnvelopeTest {
    private final Ceremony ceremony = new Ceremony();
    private final Ceremony.Key second = Ceremony.Key.fresh();
    private final byte[] payload = Payloads.of(Ceremony.grant(Ceremony.DEMO, 7));
    private final Envelope unsigned = Envelopes.unsigned(DocumentType.GRANT, payload);
    private final Envelope.Signature good = Ceremony.signature(unsigned, ceremony.grantKey);
    private final String signed = text(good);

    private String text(Envelope.Signature... signatures) {
        return new String(
                Envelopes.bytes(new Envelope(unsigned.mediaType(), unsigned.payload(), List.of(signatures))), UTF_8);
    }

    /// A root under which two keys have to sign grants.
    private Verified<TrustRoot> twoOfTwo() {
        return ceremony.pinned(Ceremony.root(
                1,
                Ceremony.NOW.minusSeconds(60),
                Ceremony.NOW.plusSeconds(60),
                Map.of(
                        Role.ROOT, Ceremony.keys(1, ceremony.rootKey),
                        Role.GRANT, Ceremony.keys(2, ceremony.grantKey, second),
                        Role.STATE, Ceremony.keys(1, ceremony.stateKey))));
    }

    private void refused(DocumentReason reason, Verified<TrustRoot> root, String envelope) {
        assertThatThrownBy(() -> ceremony.verifier.grant(root, envelope.getBytes(UTF_8)))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    private void malformed(String envelope) throws RefusedException {
        assertThat(ceremony.verifier.grant(ceremony.root(), signed.getBytes(UTF_8)))
                .isNotNull();
        assertThat(envelope).isNotEqualTo(signed);
        refused(DocumentReason.MALFORMED, ceremony.root(), envelope);
    }

    private static Envelope.Signature unknown(char digit, int bytes) {
        return new Envelope.Signature(
                new KeyId("ml-dsa-65:" + String.valueOf(digit).repeat(64)), Bytes.of(new byte[bytes]));
    }

    @Test
    void signatureWithoutAKeyId_isMalformed() throws Exception {
        malformed(signed.replace("\"keyid\":\"" + good.key() + "\",", ""));
    }

    @Test
    void emptyKeyId_isMalformed() throws Exception {
        malformed(signed.replace(good.key().value(), ""));
    }

    @Test
    void keyIdOfAnotherForm_isMalformed() throws Exception {
        malformed(signed.replace("ed25519:", ""));
        malformed(signed.replace("ed25519:", "Ed25519:"));
        malformed(signed.replace("ed25519:", "ed25519:0"));
        malformed(signed.replace("ed25519:", "ed25519:x:"));
    }

    @Test
    void urlSafeBase64_isMalformed() throws Exception {
        var bytes = new byte[64];
        java.util.Arrays.fill(bytes, (byte) 0xfb); // has both characters in which the alphabets differ
        var standard = Base64.getEncoder().encodeToString(bytes);
        var safe = Base64.getUrlEncoder().encodeToString(bytes);
        var other = text(new Envelope.Signature(good.key(), Bytes.of(bytes)));
        refused(DocumentReason.BAD_SIGNATURE, ceremony.root(), other);
        malformed(other.replace(standard, safe));
    }

    @Test
    void base64InAnotherSpelling_isMalformed() throws Exception {
        var sig = Base64.getEncoder().encodeToString(good.value().array());
        malformed(signed.replace(sig, sig.replace("=", "")));
        malformed(signed.replace(sig, sig.substring(0, 4) + "\\n" + sig.substring(4)));
    }

    @Test
    void unknownMember_isMalformed() throws Exception {
        malformed(signed.replaceFirst("\\{", "{\"more\":1,"));
        malformed(signed.replace("{\"keyid\"", "{\"more\":1,\"keyid\""));
    }

    @Test
    void memberTwice_isMalformed() throws Exception {
        malformed(signed.replaceFirst("\\{", "{\"payloadType\":\"" + unsigned.mediaType() + "\","));
        malformed(signed.replace("{\"keyid\"", "{\"sig\":\"\",\"keyid\""));
    }

    @Test
    void moreThan32Signatures_areMalformed() {
        var one = signed.substring(signed.indexOf("{\"keyid\""), signed.lastIndexOf(']'));
        refused(DocumentReason.MALFORMED, ceremony.root(), signed.replace(one, (one + ",").repeat(32) + one));
    }

    @Test
    @Tag("claim-T1")
    void swappedKeyIds_areABadSignature() {
        var other = Ceremony.signature(unsigned, second);
        refused(
                DocumentReason.BAD_SIGNATURE,
                twoOfTwo(),
                text(
                        new Envelope.Signature(other.key(), good.value()),
                        new Envelope.Signature(good.key(), other.value())));
    }

    @Test
    @Tag("claim-T1")
    void wrongSignatureBesideEnoughGoodOnes_isRefused() {
        var wrong = new Envelope.Signature(good.key(), Bytes.of(new byte[64]));
        refused(DocumentReason.BAD_SIGNATURE, twoOfTwo(), text(good, Ceremony.signature(unsigned, second), wrong));
    }

    @Test
    void signatureOfAnUnknownScheme_isPassedOver() throws Exception {
        for (int bytes : new int[] {0, 63, 64, 3309}) {
            for (var text : List.of(text(unknown('a', bytes), good), text(good, unknown('a', bytes)))) {
                var taken = ceremony.verifier.grant(ceremony.root(), text.getBytes(UTF_8));
                assertThat(taken.value().tenant()).isEqualTo(Ceremony.DEMO);
                var read = Envelope.parse(text.getBytes(UTF_8), DocumentType.GRANT);
                assertThat(Envelopes.bytes(read))
                        .as("who signs next keeps it")
                        .asString(UTF_8)
                        .isEqualTo(text);
            }
        }
    }

    @Test
    @Tag("claim-T1")
    void signaturesOfUnknownSchemes_countForNothing() {
        refused(DocumentReason.UNTRUSTED_KEY, ceremony.root(), text(unknown('a', 64), unknown('b', 64)));
        refused(DocumentReason.BELOW_THRESHOLD, twoOfTwo(), text(good, unknown('a', 64)));
        // the same digits under the name of another scheme are another key
        var renamed = new KeyId(good.key().value().replace("ed25519:", "ed448:"));
        refused(DocumentReason.UNTRUSTED_KEY, ceremony.root(), text(new Envelope.Signature(renamed, good.value())));
    }
}
