package dev.mvm.protocol.keyd.node;

import dev.mvm.crypto.verify.KeyId;
import dev.mvm.json.Json;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.NodeMode;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.HighWaterMark;
import java.util.Base64;
import java.util.List;

/// A node's answer to a challenge: the public half of its sealing key of that period, and which keys it knows of.
///
/// @param fleet digest of the first trust root of the node's fleet
/// @param challenge digest of the challenge's payload
/// @param boot the kernel's boot id (`/proc/sys/kernel/random/boot_id`), 36 characters
/// @param key X25519 (RFC 7748), 32 bytes
/// @param keys at most [#MAX_KEYS], no two of one name: what the node's floor has
public record KeyStatement(
        Digest fleet, NodeId node, Digest challenge, String boot, Bytes key, NodeMode mode, List<FloorKey> keys) {
    public static final DocumentType TYPE = new DocumentType("key-statement", 1, 1, 1024 * 1024);

    /// The one suite of HPKE that there is: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
    public static final String SUITE = "x25519";

    /// Most keys of a statement.
    public static final int MAX_KEYS = 4096;

    /// The newest version of a key that the node has taken.
    ///
    /// @param version 1 or more
    /// @param check the key's check value, 16 bytes
    public record FloorKey(TenantId tenant, KeyName id, int version, Bytes check) {
        private static FloorKey of(String name, HighWaterMark.NewestKey key) {
            var parts = name.split("/", 2);
            return new FloorKey(new TenantId(parts[0]), new KeyName(parts[1]), key.version(), key.check());
        }

        /// All keys of a floor.
        public static List<FloorKey> of(HighWaterMark floor) {
            return floor.keys().entrySet().stream()
                    .map(key -> of(key.getKey(), key.getValue()))
                    .toList();
        }

        private Json json() {
            return Json.object()
                    .put("tenant", tenant.value())
                    .put("id", id.value())
                    .put("version", version)
                    .put("check", base64(check))
                    .end();
        }
    }

    /// Returns the statement without a signature; its payload and its [Envelope#signedBytes] are what evidence quotes
    /// and the node's identity key signs.
    public Envelope unsigned() {
        var payload = Json.object()
                .put("schema", 1)
                .put("fleet", fleet.value())
                .put("node", node.value())
                .put("challenge", challenge.value())
                .put("boot", boot)
                .put("suite", SUITE)
                .put("key", base64(key))
                .put("mode", mode.word())
                .put("keys", keys.stream().map(FloorKey::json).toList())
                .end();
        return new Envelope(TYPE.mediaType(), Bytes.of(payload.bytes()), List.of());
    }

    /// Returns the text of a statement's envelope.
    ///
    /// @param unsigned of [#unsigned]
    /// @param identity name of the node's identity key
    /// @param signature of [Envelope#signedBytes] by that key, 64 bytes
    public static byte[] signed(Envelope unsigned, KeyId identity, Bytes signature) {
        return Json.object()
                .put("payloadType", unsigned.mediaType())
                .put("payload", base64(unsigned.payload()))
                .put(
                        "signatures",
                        List.of(Json.object()
                                .put("keyid", identity.value())
                                .put("sig", base64(signature))
                                .end()))
                .end()
                .bytes();
    }

    private static String base64(Bytes bytes) {
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
