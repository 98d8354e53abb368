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

/// A trust root before it is signed: the first one, or the successor of the one in force.
public final class RootDraft {
    private static final int MAX_DAYS = 3650;

    private final int version;
    private final Map<Role, List<VerifyKey>> keys = new EnumMap<>(Role.class);
    private final Map<Role, Integer> thresholds = new EnumMap<>(Role.class);

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
        for (var role : Role.values()) {
            draft.keys(role).addAll(current.keys(role).keys());
            draft.thresholds.put(role, current.keys(role).threshold());
        }
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
        throw new IllegalArgumentException("no such role: " + word + " (known: root, grant, state)");
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
        var digits = name.startsWith("ed25519:") ? name : "ed25519:" + name;
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
        var roles = new EnumMap<Role, TrustRoot.Keys>(Role.class);
        for (var role : Role.values()) {
            try {
                roles.put(role, new TrustRoot.Keys(thresholds.getOrDefault(role, 1), keys(role)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("role " + role.word() + ": " + e.getMessage(), e);
            }
        }
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        return new TrustRoot(version, now, now.plus(Duration.ofDays(days)), roles);
    }
}
