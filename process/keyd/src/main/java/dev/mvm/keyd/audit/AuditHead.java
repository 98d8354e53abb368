package dev.mvm.keyd.audit;

import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.SigningKey;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Rfc3339;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.authoring.Envelopes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// keyd's signed word of how its audit ends.
///
/// @param fleet digest of the first trust root
/// @param sequence number of the last record
/// @param hash of the last record's line, 64 hexadecimal digits
public record AuditHead(Digest fleet, long sequence, String hash, Instant time) {
    public static final DocumentType TYPE = new DocumentType("key-audit", 1, 1, 1024);

    public AuditHead {
        if (!hash.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("not the hash of a record");
        }
    }

    /// The head as an envelope, in one line.
    byte[] signed(SigningKey key) throws SigningException {
        var payload = Json.object()
                .put("schema", 1)
                .put("fleet", fleet.value())
                .put("seq", sequence)
                .put("hash", hash)
                .put("time", time.truncatedTo(ChronoUnit.SECONDS).toString())
                .end()
                .bytes();
        var unsigned = Envelopes.unsigned(TYPE, payload);
        var signature = Bytes.of(key.sign(unsigned.signedBytes()));
        return Envelopes.bytes(Envelopes.signed(
                unsigned, new Envelope.Signature(key.verifyKey().id(), signature)));
    }

    /// Reads a head that `key` has signed.
    ///
    /// @throws RefusedException if it has not, or it is no head
    public static AuditHead verified(Verifier verifier, VerifyKey key, byte[] envelope) throws RefusedException {
        var keys = new TrustRoot.Keys(1, List.of(key));
        return verifier.signed(keys, "the key service", envelope, TYPE, (payload, schema) -> read(payload, schema))
                .value();
    }

    private static AuditHead read(byte[] payload, int schema) throws JsonException {
        return TYPE.read(
                payload,
                schema,
                fields -> new AuditHead(
                        fields.parsed("fleet", Digest::new),
                        fields.integer("seq", 1, Long.MAX_VALUE),
                        fields.string("hash"),
                        fields.parsed("time", Rfc3339::parse)));
    }
}
