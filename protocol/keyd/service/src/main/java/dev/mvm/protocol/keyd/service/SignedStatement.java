package dev.mvm.protocol.keyd.service;

import dev.mvm.crypto.verify.KeyId;
import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TenantKey;
import java.util.Optional;
import java.util.function.Function;

/// A node's statement whose signature has been checked.
public final class SignedStatement {
    private static final int KEY_SIZE = 32;
    private static final String BOOT = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    private final KeyStatement value;
    private final Digest digest;
    private final VerifyKey identity;

    private SignedStatement(KeyStatement value, Digest digest, VerifyKey identity) {
        this.value = value;
        this.digest = digest;
        this.identity = identity;
    }

    /// Returns the statement.
    public KeyStatement value() {
        return value;
    }

    /// The digest of the signed payload: what a blob names, and what evidence quotes.
    public Digest digest() {
        return digest;
    }

    /// The key that has signed. Whether it is the key of the statement's node is the caller's to compare.
    public VerifyKey identity() {
        return identity;
    }

    /// Reads a statement by its signature alone; its payload is not read before.
    ///
    /// @param identities a node's identity key by its name; empty if no node has it
    /// @throws RefusedException `too_large`, `malformed`, `wrong_type`, `unsigned`, `untrusted_key` or
    ///     `bad_signature`
    public static SignedStatement read(
            byte[] envelope, Function<KeyId, Optional<VerifyKey>> identities, SignatureCheck check)
            throws RefusedException {
        var parsed = Envelope.parse(envelope, KeyStatement.TYPE);
        var signatures = parsed.signatures();
        if (signatures.isEmpty()) {
            throw new RefusedException(DocumentReason.UNSIGNED, "no signature");
        }
        if (signatures.size() > 1) {
            throw new RefusedException(DocumentReason.MALFORMED, "a statement has one signature");
        }
        var signature = signatures.getFirst();
        var identity = identities
                .apply(signature.key())
                .orElseThrow(() -> new RefusedException(
                        DocumentReason.UNTRUSTED_KEY,
                        "key " + signature.key().brief() + " is the identity key of no node"));
        if (!identity.id().equals(signature.key())
                || !check.valid(
                        identity, parsed.signedBytes(), signature.value().array())) {
            throw new RefusedException(
                    DocumentReason.BAD_SIGNATURE, "by key " + signature.key().brief());
        }
        var payload = parsed.payload();
        try {
            return new SignedStatement(parse(payload.array()), payload.digest(), identity);
        } catch (JsonException e) {
            throw new RefusedException(DocumentReason.MALFORMED, e.getMessage());
        }
    }

    /// Returns the contents of a payload without verification.
    ///
    /// @throws JsonException if it is not a statement
    public static KeyStatement parse(byte[] payload) throws JsonException {
        return KeyStatement.TYPE.read(payload, 1, SignedStatement::statement);
    }

    private static KeyStatement statement(JsonFields fields) throws JsonException {
        var fleet = fields.parsed("fleet", Digest::new);
        var node = fields.parsed("node", NodeId::new);
        var challenge = fields.parsed("challenge", Digest::new);
        var boot = fields.string("boot");
        if (!fields.string("suite").equals(KeyStatement.SUITE)) {
            throw new JsonException("field 'suite' is not " + KeyStatement.SUITE);
        }
        var key = fields.parsed("key", Bytes::ofBase64);
        if (!boot.matches(BOOT) || key.length() != KEY_SIZE) {
            throw new JsonException("a statement has a boot id and a key of " + KEY_SIZE + " bytes");
        }
        var mode = fields.parsed("mode", SignedStatement::mode);
        var keys = fields.objects("keys", KeyStatement.MAX_KEYS, SignedStatement::key);
        if (keys.stream()
                        .map(each -> each.tenant() + "/" + each.id())
                        .distinct()
                        .count()
                != keys.size()) {
            throw new JsonException("a statement has a key twice");
        }
        return new KeyStatement(fleet, node, challenge, boot, key, mode, keys);
    }

    private static NodeMode mode(String word) throws JsonException {
        return NodeMode.of(word).orElseThrow(() -> new JsonException("no such mode"));
    }

    private static KeyStatement.FloorKey key(JsonFields fields) throws JsonException {
        var tenant = fields.parsed("tenant", TenantId::new);
        var id = fields.parsed("id", KeyName::new);
        int version = fields.intBetween("version", 1, Integer.MAX_VALUE);
        var check = fields.parsed("check", Bytes::ofBase64);
        if (check.length() != TenantKey.CHECK_SIZE) {
            throw new JsonException("a key has a check value of " + TenantKey.CHECK_SIZE + " bytes");
        }
        return new KeyStatement.FloorKey(tenant, id, version, check);
    }
}
