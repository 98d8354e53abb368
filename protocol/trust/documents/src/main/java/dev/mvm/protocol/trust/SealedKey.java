package dev.mvm.protocol.trust;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import java.util.Optional;

/// A tenant's key that only one node can open: HPKE (RFC 9180) in base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
/// AES-256-GCM; docs/protocol/keys.md.
///
/// @param version 1 for a key's first, then larger; a node never goes back
/// @param enc the encapsulated key, 32 bytes
/// @param sealed the key itself, 32 bytes, and a tag of 16
/// @param check the key's check value, which is no secret: two keys under one version have two. Empty in schema 1
public record SealedKey(KeyName id, KeyPurpose purpose, int version, Bytes enc, Bytes sealed, Optional<Bytes> check) {
    /// Bytes of a tenant's key.
    public static final int KEY_SIZE = 32;

    /// Bytes of a check value: the first of what HKDF derives from a key for [#CHECK].
    public static final int CHECK_SIZE = 16;

    /// HKDF's `info` for a check value.
    public static final String CHECK = "mvm key check v1";

    private static final int ENC_SIZE = 32;
    private static final int SEALED_SIZE = KEY_SIZE + 16;
    private static final String INFO = "mvm sealed key v1";

    public SealedKey {
        if (version < 1
                || enc.length() != ENC_SIZE
                || sealed.length() != SEALED_SIZE
                || check.map(Bytes::length).orElse(CHECK_SIZE) != CHECK_SIZE) {
            throw new IllegalArgumentException("a sealed key has a version, " + ENC_SIZE + " and " + SEALED_SIZE
                    + " bytes, and a check value of " + CHECK_SIZE);
        }
    }

    /// A key without a check value.
    public SealedKey(KeyName id, KeyPurpose purpose, int version, Bytes enc, Bytes sealed) {
        this(id, purpose, version, enc, sealed, Optional.empty());
    }

    /// HPKE's `info`.
    public static byte[] info() {
        return INFO.getBytes(US_ASCII);
    }

    /// HPKE's `aad`: where alone a key belongs, five lines.
    public static byte[] aad(NodeId node, TenantId tenant, KeyName id, KeyPurpose purpose, int version) {
        var lines = node + "\n" + tenant + "\n" + purpose.word() + "\n" + id + "\n" + version + "\n";
        return lines.getBytes(US_ASCII);
    }

    static SealedKey read(JsonFields fields, int schema) throws JsonException {
        return new SealedKey(
                fields.parsed("id", KeyName::new),
                fields.parsed("purpose", KeyPurpose::of),
                fields.intBetween("version", 1, Integer.MAX_VALUE),
                fields.parsed("enc", Envelope::base64),
                fields.parsed("sealed", Envelope::base64),
                schema == 1 ? Optional.empty() : check(fields));
    }

    /// Reads a check value, if there is one.
    public static Optional<Bytes> check(JsonFields fields) throws JsonException {
        return fields.has("check") ? Optional.of(fields.parsed("check", Envelope::base64)) : Optional.empty();
    }
}
