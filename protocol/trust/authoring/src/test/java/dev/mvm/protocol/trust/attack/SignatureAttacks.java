package dev.mvm.protocol.trust.attack;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.Payloads;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/// Documents with nothing wrong but who has signed them, and how.
public final class SignatureAttacks {
    /// The order of the group that Ed25519 works in (RFC 8032, 5.1).
    private static final BigInteger ORDER =
            BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

    private final Position position;
    private final Ceremony.Key stateKey;

    /// By somebody who holds the key of role `state`.
    public SignatureAttacks(Position position, Ceremony.Key stateKey) {
        this.position = position;
        this.stateKey = stateKey;
    }

    /// All of them.
    public List<Attack> all() {
        var all = new ArrayList<Attack>();
        var payload = Payloads.of(position.next());
        var unsigned = Envelopes.unsigned(DocumentType.NODE_STATE, payload);
        var other = Ceremony.Key.fresh();
        all.add(Attack.state("unsigned", Envelopes.bytes(unsigned), DocumentReason.UNSIGNED));
        all.add(Attack.state(
                "signed by another key",
                Ceremony.signed(DocumentType.NODE_STATE, payload, other),
                DocumentReason.UNTRUSTED_KEY));
        all.add(Attack.state(
                "another key's signature under the right key's name",
                named(unsigned, other),
                DocumentReason.BAD_SIGNATURE));
        var good = Ceremony.signature(unsigned, stateKey).value().array();
        all.add(Attack.state(
                "a signature whose S is not reduced", with(unsigned, notReduced(good)), DocumentReason.BAD_SIGNATURE));
        all.add(Attack.state("a signature of zeros", with(unsigned, new byte[64]), DocumentReason.BAD_SIGNATURE));
        all.add(Attack.state(
                "R of small order, S of zero", with(unsigned, smallOrder()), DocumentReason.BAD_SIGNATURE));
        var grant = position.grants().getFirst();
        all.add(Attack.state("a grant presented as a state", grant.envelope().array(), DocumentReason.WRONG_TYPE));
        all.add(Attack.grant("a state presented as a grant", signed(payload), DocumentReason.WRONG_TYPE));
        all.add(Attack.root("a state presented as a trust root", signed(payload), DocumentReason.WRONG_TYPE));
        all.add(Attack.state(
                "a grant in a state's envelope",
                Ceremony.signed(DocumentType.NODE_STATE, Payloads.of(position.grant()), stateKey),
                DocumentReason.MALFORMED));
        all.add(Attack.grant(
                "a grant that the state key has signed",
                Ceremony.signed(DocumentType.GRANT, Payloads.of(position.grant()), stateKey),
                DocumentReason.UNTRUSTED_KEY));
        for (int i = 0; i < payload.length; i += 7) {
            var flipped = payload.clone();
            flipped[i] ^= (byte) (1 << (i % 8));
            var envelope = new Envelope(
                    DocumentType.NODE_STATE.mediaType(),
                    Bytes.of(flipped),
                    List.of(Ceremony.signature(unsigned, stateKey)));
            all.add(Attack.state("byte " + i + " flipped", Envelopes.bytes(envelope), DocumentReason.BAD_SIGNATURE));
        }
        return all;
    }

    private byte[] signed(byte[] payload) {
        return Ceremony.signed(DocumentType.NODE_STATE, payload, stateKey);
    }

    private byte[] named(Envelope unsigned, Ceremony.Key signer) {
        return with(unsigned, signer.sign(unsigned.signedBytes()));
    }

    private byte[] with(Envelope unsigned, byte[] signature) {
        return Envelopes.bytes(Envelopes.signed(
                unsigned, new Envelope.Signature(stateKey.verifyKey().id(), Bytes.of(signature))));
    }

    /// The same signature to who does not compare S with the order: S and S plus the order are the same exponent.
    private static byte[] notReduced(byte[] signature) {
        var s = new byte[32];
        for (int i = 0; i < 32; i++) {
            s[i] = signature[63 - i];
        }
        var raised = new BigInteger(1, s).add(ORDER).toByteArray();
        var out = signature.clone();
        for (int i = 0; i < 32; i++) {
            int from = raised.length - 1 - i;
            out[32 + i] = from >= 0 ? raised[from] : 0;
        }
        return out;
    }

    private static byte[] smallOrder() {
        var out = new byte[64];
        out[0] = 1; // the neutral element
        return out;
    }
}
