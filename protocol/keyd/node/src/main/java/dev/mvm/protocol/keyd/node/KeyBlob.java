package dev.mvm.protocol.keyd.node;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Rfc3339;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;

/// Keys for one node and one of its sealing keys, as the key service has sealed and signed them.
///
/// @param fleet digest of the first trust root of the node's fleet
/// @param statement digest of the statement's payload that has the sealing key
/// @param period of the challenge that the statement answers, 1 or more
/// @param expires the node has the private half no longer than that; measured from [#issued] on, not by its clock
/// @param enc HPKE's encapsulated key, 32 bytes
/// @param keys at most [#MAX_KEYS], no two of one place; the number of a key, from 0 on, is that of its message
public record KeyBlob(
        Digest fleet,
        NodeId node,
        Digest statement,
        int period,
        Instant issued,
        Instant expires,
        Bytes enc,
        List<Key> keys) {
    public static final DocumentType TYPE = new DocumentType("key-blob", 1, 1, 1024 * 1024);

    /// Most keys of a blob. The bound of the payload's bytes may be reached before.
    public static final int MAX_KEYS = 4096;

    private static final int ENC_SIZE = 32;
    private static final int SEALED_SIZE = TenantKey.KEY_SIZE + 16;
    private static final String INFO = "mvm key blob v1";

    /// A tenant's key for what was sealed at `home`: not the tenant's key itself, but one that is derived from it.
    ///
    /// @param key which one; the check value is that of the tenant's key itself
    /// @param primary whether new things are sealed under this version; then the node is their home
    /// @param home the node that seals, or has sealed, under this key
    /// @param sealed HPKE's message, 48 bytes
    public record Key(TenantId tenant, TenantKey key, boolean primary, NodeId home, Bytes sealed) {
        public Key {
            if (sealed.length() != SEALED_SIZE) {
                throw new IllegalArgumentException("a key has a message of " + SEALED_SIZE + " bytes");
            }
        }

        private String name() {
            return tenant + "/" + key.id();
        }

        private String place() {
            return name() + "/" + key.version() + "/" + home;
        }

        private static Key read(JsonFields fields) throws JsonException {
            return new Key(
                    fields.parsed("tenant", TenantId::new),
                    TenantKey.read(fields),
                    fields.intBetween("primary", 0, 1) == 1,
                    fields.parsed("home", NodeId::new),
                    fields.parsed("sealed", Bytes::ofBase64));
        }
    }

    public KeyBlob {
        keys = List.copyOf(keys);
        if (period < 1 || !issued.isBefore(expires) || enc.length() != ENC_SIZE || keys.size() > MAX_KEYS) {
            throw new IllegalArgumentException("a blob has a period from 1 on, expires after it is issued, and has "
                    + ENC_SIZE + " bytes of enc and at most " + MAX_KEYS + " keys");
        }
        var primary = keys.stream().filter(Key::primary).toList();
        if (repeats(keys, Key::place) || repeats(primary, Key::name)) {
            throw new IllegalArgumentException(
                    "a blob has one version of a key twice for one home, or two primary versions of it");
        }
        if (primary.stream().anyMatch(key -> !key.home().equals(node))) {
            throw new IllegalArgumentException("the home of a primary version is the blob's node");
        }
    }

    private static boolean repeats(List<Key> keys, Function<Key, String> what) {
        return keys.stream().map(what).distinct().count() < keys.size();
    }

    /// HPKE's `info`.
    public static byte[] info() {
        return INFO.getBytes(US_ASCII);
    }

    /// HPKE's `aad` of a key's message: where alone the key belongs, seven lines.
    public byte[] aad(Key key) {
        return aad(fleet, node, key.tenant, key.key, key.home);
    }

    /// HPKE's `aad` of a key's message, for who seals it.
    public static byte[] aad(Digest fleet, NodeId node, TenantId tenant, TenantKey key, NodeId home) {
        var lines = fleet + "\n" + node + "\n" + tenant + "\n" + key.id() + "\n"
                + key.purpose().word() + "\n" + key.version() + "\n" + home + "\n";
        return lines.getBytes(US_ASCII);
    }

    /// Verifies a blob by its signature alone: who uses it looks at fleet, node, statement and times.
    ///
    /// @throws RefusedException if no key of role `keys` has signed it, or it is no blob
    public static Verified<KeyBlob> verified(Verifier verifier, Verified<TrustRoot> root, byte[] envelope)
            throws RefusedException {
        return verifier.signed(root, Role.KEYS, envelope, TYPE, (payload, _) -> parse(payload));
    }

    /// Returns the contents of a payload without verification.
    ///
    /// @throws JsonException if it is not a blob
    public static KeyBlob parse(byte[] payload) throws JsonException {
        return TYPE.read(payload, 1, KeyBlob::blob);
    }

    private static KeyBlob blob(JsonFields fields) throws JsonException {
        return new KeyBlob(
                fields.parsed("fleet", Digest::new),
                fields.parsed("node", NodeId::new),
                fields.parsed("statement", Digest::new),
                fields.intBetween("period", 1, Integer.MAX_VALUE),
                fields.parsed("issued", Rfc3339::parse),
                fields.parsed("expires", Rfc3339::parse),
                fields.parsed("enc", Bytes::ofBase64),
                fields.objects("keys", MAX_KEYS, Key::read));
    }
}
