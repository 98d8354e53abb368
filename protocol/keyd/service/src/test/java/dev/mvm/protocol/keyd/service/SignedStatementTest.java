package dev.mvm.protocol.keyd.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.crypto.verify.Pae;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.RefusedException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SignedStatementTest {
    private final KeyService service = new KeyService();

    private void refused(DocumentReason reason, byte[] envelope) {
        assertThatThrownBy(() -> SignedStatement.read(envelope, service::identities, service.check()))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void statementOfAKnownIdentity_isReadWithItsDigestAndKey() throws Exception {
        var statement = KeyService.statement();
        var read = SignedStatement.read(
                KeyService.signed(statement, service.identity), service::identities, service.check());
        assertThat(read.value()).isEqualTo(statement);
        assertThat(read.digest()).isEqualTo(statement.unsigned().payload().digest());
        assertThat(read.identity()).isEqualTo(service.identity.verifyKey());
    }

    @Test
    void otherSigner_isRefused() {
        refused(DocumentReason.UNTRUSTED_KEY, KeyService.signed(KeyService.statement(), service.keys));
        refused(
                DocumentReason.UNSIGNED,
                Ceremony.signed(
                        KeyStatement.TYPE,
                        KeyService.statement().unsigned().payload().array()));
    }

    @Test
    void signatureOfAnotherKeyUnderTheIdentitysName_isRefused() {
        var unsigned = KeyService.statement().unsigned();
        var forged = Bytes.of(service.keys.sign(unsigned.signedBytes()));
        refused(
                DocumentReason.BAD_SIGNATURE,
                KeyStatement.signed(unsigned, service.identity.verifyKey().id(), forged));
    }

    /// A caller that answers with another node's key than asked for gains nothing.
    @Test
    void keyOfAnotherNameThanTheSignatures_isRefused() {
        var envelope = KeyService.signed(KeyService.statement(), service.keys);
        Optional<VerifyKey> other = Optional.of(service.identity.verifyKey());
        assertThatThrownBy(() -> SignedStatement.read(envelope, _ -> other, service.check()))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.reason()).isEqualTo(DocumentReason.BAD_SIGNATURE));
    }

    @Test
    void secondSignature_isRefused() {
        var payload = KeyService.statement().unsigned().payload().array();
        refused(DocumentReason.MALFORMED, Ceremony.signed(KeyStatement.TYPE, payload, service.identity, service.keys));
    }

    @Test
    void signedNonsense_isMalformed() {
        refused(
                DocumentReason.MALFORMED,
                Ceremony.signed(KeyStatement.TYPE, "{\"schema\":1}".getBytes(UTF_8), service.identity));
    }

    @Test
    void signatureOfAnotherKindOfDocument_isRefused() {
        var unsigned = KeyService.statement().unsigned();
        var elsewhere = KeyBlob.TYPE.mediaType();
        var signature =
                service.identity.sign(Pae.encode(elsewhere, unsigned.payload().array()));
        refused(
                DocumentReason.BAD_SIGNATURE,
                KeyStatement.signed(unsigned, service.identity.verifyKey().id(), Bytes.of(signature)));
    }

    @Test
    void envelopeBeyondItsBound_isRefusedUnread() {
        refused(DocumentReason.TOO_LARGE, new byte[KeyStatement.TYPE.maxEnvelopeBytes() + 1]);
    }
}
