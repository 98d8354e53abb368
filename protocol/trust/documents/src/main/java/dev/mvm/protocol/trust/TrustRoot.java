package dev.mvm.protocol.trust;

import dev.mvm.crypto.verify.KeyId;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which keys may sign what. Everything that a node believes begins here; the first one is pinned by its digest when
/// the node is installed, each later one is signed by its predecessor's threshold and its own.
///
/// @param version 1 for the first, then one more each time
/// @param issuedAt when it was made; a node whose keys were replaced believes no state that is older
/// @param expires from this moment on no new state is believed; what a node has taken it keeps
/// @param roles all three roles
public record TrustRoot(int version, Instant issuedAt, Instant expires, Map<Role, Keys> roles) {
    private static final int MAX_KEYS = 32;

    /// The keys of one role, and how many distinct ones of them have to sign.
    ///
    /// @param threshold 1 to the number of keys
    public record Keys(int threshold, List<VerifyKey> keys) {
        public Keys {
            keys = List.copyOf(keys);
            if (keys.isEmpty()
                    || keys.size() > MAX_KEYS
                    || keys.stream().distinct().count() != keys.size()) {
                throw new IllegalArgumentException("a role has 1 to " + MAX_KEYS + " different keys");
            }
            if (threshold < 1 || threshold > keys.size()) {
                throw new IllegalArgumentException(
                        "threshold " + threshold + " of " + keys.size() + " keys: want 1 to " + keys.size());
            }
        }

        Optional<VerifyKey> find(KeyId id) {
            return keys.stream().filter(key -> key.id().equals(id)).findFirst();
        }
    }

    public TrustRoot {
        roles = Map.copyOf(roles);
        if (version < 1) {
            throw new IllegalArgumentException("root version " + version + ": want 1 or more");
        }
        if (!issuedAt.isBefore(expires)) {
            throw new IllegalArgumentException("the root expires before it is issued");
        }
        for (var role : Role.values()) {
            if (!roles.containsKey(role)) {
                throw new IllegalArgumentException("role '" + role.word() + "' is missing");
            }
        }
    }

    /// The keys of `role`.
    public Keys keys(Role role) {
        var keys = roles.get(role);
        if (keys == null) {
            throw new IllegalStateException("the constructor demands all roles");
        }
        return keys;
    }

    /// Returns whether `next` lacks a key that has `role` here: documents signed with it then no longer count.
    public boolean losesKeyTo(TrustRoot next, Role role) {
        return !next.keys(role).keys().containsAll(keys(role).keys());
    }

    /// Returns the contents of a payload without verification.
    ///
    /// @throws JsonException if it is not a root
    public static TrustRoot parse(byte[] payload) throws JsonException {
        return DocumentType.ROOT.read(payload, 1, TrustRoot::root);
    }

    private static TrustRoot root(JsonFields fields) throws JsonException {
        return new TrustRoot(
                fields.intBetween("version", 1, Integer.MAX_VALUE),
                fields.parsed("issued_at", Rfc3339::parse),
                fields.parsed("expires", Rfc3339::parse),
                fields.object("roles", TrustRoot::roles));
    }

    private static Map<Role, Keys> roles(JsonFields fields) throws JsonException {
        var roles = new EnumMap<Role, Keys>(Role.class);
        for (var role : Role.values()) {
            roles.put(role, fields.object(role.word(), TrustRoot::keys));
        }
        return roles;
    }

    private static Keys keys(JsonFields fields) throws JsonException {
        int threshold = fields.intBetween("threshold", 1, MAX_KEYS);
        return new Keys(threshold, fields.strings("keys", MAX_KEYS, VerifyKey::ofBase64));
    }
}
