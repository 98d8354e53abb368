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
import java.util.Set;

/// Which keys may sign what. Everything that a node believes begins here; the first one is pinned by its digest when
/// the node is installed, each later one is signed by its predecessor's threshold and its own.
///
/// @param version 1 for the first, then one more each time
/// @param issuedAt when it was made; a node whose keys were replaced believes no state that is older
/// @param expires from this moment on no new state is believed; what a node has taken it keeps
/// @param roles all roles, but role `keys` only in a fleet with a key service
/// @param compromised keys that somebody else may have used: what they have signed counts no longer, and neither do
///     counters of a node that they have set; at most [#MAX_COMPROMISED]
public record TrustRoot(int version, Instant issuedAt, Instant expires, Map<Role, Keys> roles, Set<KeyId> compromised) {
    /// Most keys that a root may name as compromised.
    public static final int MAX_COMPROMISED = 256;

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
        compromised = Set.copyOf(compromised);
        if (version < 1) {
            throw new IllegalArgumentException("root version " + version + ": want 1 or more");
        }
        if (!issuedAt.isBefore(expires)) {
            throw new IllegalArgumentException("the root expires before it is issued");
        }
        for (var role : Role.values()) {
            if (role != Role.KEYS && !roles.containsKey(role)) {
                throw new IllegalArgumentException("role '" + role.word() + "' is missing");
            }
        }
        for (var entry : roles.entrySet()) {
            for (var key : entry.getValue().keys()) {
                if (compromised.contains(key.id())) {
                    throw new IllegalArgumentException("key " + key.id().brief() + " is compromised and has the role "
                            + entry.getKey().word());
                }
            }
        }
        if (compromised.size() > MAX_COMPROMISED) {
            throw new IllegalArgumentException("more than " + MAX_COMPROMISED + " compromised keys");
        }
    }

    /// The keys of `role`.
    ///
    /// @throws IllegalStateException for role `keys` of a root without it
    public Keys keys(Role role) {
        var keys = roles.get(role);
        if (keys == null) {
            throw new IllegalStateException("no role '" + role.word() + "'");
        }
        return keys;
    }

    /// Returns whether a key with `role` is one of `others`.
    public boolean hasOneOf(Set<KeyId> others, Role role) {
        return roles.containsKey(role)
                && keys(role).keys().stream().map(VerifyKey::id).anyMatch(others::contains);
    }

    /// Returns the contents of a payload without verification. In schema 1 the keys of role `grant` have the role
    /// `node`, too, and no key is named as compromised.
    ///
    /// @param schema of the envelope, 1 or 2
    /// @throws JsonException if it is not a root of that schema
    public static TrustRoot parse(byte[] payload, int schema) throws JsonException {
        return DocumentType.ROOT.read(payload, schema, fields -> root(fields, schema));
    }

    private static TrustRoot root(JsonFields fields, int schema) throws JsonException {
        return new TrustRoot(
                fields.intBetween("version", 1, Integer.MAX_VALUE),
                fields.parsed("issued_at", Rfc3339::parse),
                fields.parsed("expires", Rfc3339::parse),
                fields.object("roles", roles -> roles(roles, schema)),
                schema == 1 ? Set.of() : compromised(fields));
    }

    private static Map<Role, Keys> roles(JsonFields fields, int schema) throws JsonException {
        var roles = new EnumMap<Role, Keys>(Role.class);
        for (var role : Role.values()) {
            boolean optional = role == Role.KEYS && !fields.has(role.word());
            if (schema > 1 ? !optional : role.compareTo(Role.NODE) < 0) { // the first three are schema 1's
                roles.put(role, fields.object(role.word(), TrustRoot::keys));
            }
        }
        roles.putIfAbsent(Role.NODE, roles.get(Role.GRANT)); // schema 1
        return roles;
    }

    private static Set<KeyId> compromised(JsonFields fields) throws JsonException {
        var listed = fields.strings("compromised", MAX_COMPROMISED, KeyId::new);
        var keys = Set.copyOf(listed);
        if (keys.size() != listed.size()) {
            throw new JsonException("field 'compromised' names a key twice");
        }
        return keys;
    }

    private static Keys keys(JsonFields fields) throws JsonException {
        int threshold = fields.intBetween("threshold", 1, MAX_KEYS);
        return new Keys(threshold, fields.strings("keys", MAX_KEYS, VerifyKey::ofBase64));
    }
}
