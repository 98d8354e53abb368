package dev.mvm.cli.signing;

import dev.mvm.crypto.verify.KeyId;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// A trust root before it is signed: the first one, or the successor of the one in force. While no key is given the
/// role `node`, the keys of role `grant` have it; without a key of the key service there is no role `keys`, and no node
/// takes a tenant key.
public final class RootDraft {
    private static final int MAX_DAYS = 3650;
    private static final String PREFIX = "ed25519:";

    private final int version;
    private final Map<Role, List<VerifyKey>> keys = new EnumMap<>(Role.class);
    private final Map<Role, Integer> thresholds = new EnumMap<>(Role.class);
    private final Set<KeyId> compromised = new TreeSet<>();

    private RootDraft(int version) {
        this.version = version;
        for (var role : Role.values()) {
            keys.put(role, new ArrayList<>());
            thresholds.put(role, 1);
        }
    }

    /// Begins the first root of a fleet, without keys.
    public static RootDraft first() {
        return new RootDraft(1);
    }

    /// Begins the successor of `current`, with the same keys and thresholds.
    public static RootDraft after(TrustRoot current) {
        var draft = new RootDraft(current.version() + 1);
        boolean follows = current.keys(Role.NODE).equals(current.keys(Role.GRANT));
        for (var role : Role.values()) {
            var keys = current.roles().get(role);
            if (keys != null && (role != Role.NODE || !follows)) {
                draft.keys(role).addAll(keys.keys());
                draft.thresholds.put(role, keys.threshold());
            }
        }
        draft.compromised.addAll(current.compromised());
        return draft;
    }

    /// Returns the role of this name.
    ///
    /// @throws IllegalArgumentException if no role has this name
    public static Role role(String word) {
        for (var role : Role.values()) {
            if (role.word().equals(word)) {
                return role;
            }
        }
        throw new IllegalArgumentException("no such role: " + word + " (known: root, grant, state, node, keys)");
    }

    private List<VerifyKey> keys(Role role) {
        return keys.getOrDefault(role, List.of());
    }

    /// Gives a key a role.
    ///
    /// @throws IllegalArgumentException if the key already has the role
    public RootDraft add(Role role, VerifyKey key) {
        if (keys(role).contains(key)) {
            throw new IllegalArgumentException("key " + key.id().brief() + " already has the role " + role.word());
        }
        keys(role).add(key);
        return this;
    }

    /// Takes a role from a key.
    ///
    /// @param name the key's id, or enough of its first digits to be unique in the role
    /// @throws IllegalArgumentException unless exactly one key matches
    public RootDraft remove(Role role, String name) {
        var digits = name.startsWith(PREFIX) ? name : PREFIX + name;
        var fitting = keys(role).stream()
                .map(VerifyKey::id)
                .map(KeyId::value)
                .filter(id -> id.startsWith(digits))
                .toList();
        if (fitting.size() != 1) {
            throw new IllegalArgumentException((fitting.isEmpty() ? "no key " : "more than one key ") + name
                    + " has the role " + role.word() + " (see mvm trust show)");
        }
        keys(role).removeIf(key -> key.id().value().equals(fitting.getFirst()));
        return this;
    }

    /// Takes all roles from a key and names it as compromised.
    ///
    /// @param name the key's id, or enough of its first digits to be unique among all keys
    /// @throws IllegalArgumentException unless exactly one key matches
    public RootDraft compromise(String name) {
        var digits = name.startsWith(PREFIX) ? name : PREFIX + name;
        var fitting = keys.values().stream()
                .flatMap(List::stream)
                .map(VerifyKey::id)
                .filter(id -> id.value().startsWith(digits))
                .distinct()
                .toList();
        if (fitting.size() > 1 || (fitting.isEmpty() && !digits.matches(PREFIX + "[0-9a-f]{64}"))) {
            throw new IllegalArgumentException((fitting.isEmpty() ? "no key " : "more than one key ") + name
                    + " has a role (see mvm trust show); name a key without one by its whole id");
        }
        var id = fitting.isEmpty() ? new KeyId(digits) : fitting.getFirst();
        keys.values().forEach(list -> list.removeIf(key -> key.id().equals(id)));
        compromised.add(id);
        return this;
    }

    /// Sets the number of distinct keys of a role that must sign.
    public RootDraft threshold(Role role, int threshold) {
        thresholds.put(role, threshold);
        return this;
    }

    /// Returns the document, issued now.
    ///
    /// @param days validity, 1 to 3650
    /// @throws IllegalArgumentException if `days` is out of range or a role has fewer keys than its threshold
    public TrustRoot root(int days) {
        if (days < 1 || days > MAX_DAYS) {
            throw new IllegalArgumentException("days out of range: " + days + ", must be 1 to " + MAX_DAYS);
        }
        var roles = roles();
        requireOneSigner(roles, Role.STATE, "state, and a coordinator signs with one: no node would take a state");
        requireOneSigner(roles, Role.KEYS, "blob, and a key service signs with one: no node would take a key");
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        return new TrustRoot(version, now, now.plus(Duration.ofDays(days)), roles, compromised);
    }

    private Map<Role, TrustRoot.Keys> roles() {
        var roles = new EnumMap<Role, TrustRoot.Keys>(Role.class);
        for (var role : Role.values()) {
            if (role == Role.KEYS && keys(role).isEmpty()) {
                continue;
            }
            var source = role == Role.NODE && keys(role).isEmpty() ? Role.GRANT : role;
            try {
                roles.put(role, new TrustRoot.Keys(thresholds.getOrDefault(source, 1), keys(source)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("role " + role.word() + ": " + e.getMessage(), e);
            }
        }
        return roles;
    }

    /// Coordinator and key service each sign alone, with one key.
    private static void requireOneSigner(Map<Role, TrustRoot.Keys> roles, Role role, String each) {
        var keys = roles.get(role);
        if (keys != null && keys.threshold() > 1) {
            throw new IllegalArgumentException(
                    "role " + role.word() + ": " + keys.threshold() + " keys would have to sign each " + each);
        }
    }
}
