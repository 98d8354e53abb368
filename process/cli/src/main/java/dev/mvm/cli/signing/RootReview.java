package dev.mvm.cli.signing;

import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/// Differences between a trust root and its successor, in lines for the signers.
public final class RootReview {
    private RootReview() {}

    /// Returns one line for each difference, with the consequence if there is one.
    public static List<String> lines(TrustRoot before, TrustRoot after) {
        var lines = new ArrayList<String>();
        lines.add("trust root, version " + before.version() + " -> " + after.version());
        lines.add("  valid until  " + before.expires() + " -> " + after.expires());
        for (var role : Role.values()) {
            var old = keys(before, role);
            var next = keys(after, role);
            for (var key : old) {
                if (!next.contains(key)) {
                    lines.add("- " + key(role, key) + consequence(role));
                }
            }
            for (var key : next) {
                if (!old.contains(key)) {
                    lines.add("+ " + key(role, key));
                }
            }
            threshold(role, before, after).ifPresent(lines::add);
        }
        after.compromised().stream()
                .filter(key -> !before.compromised().contains(key))
                .sorted()
                .forEach(key -> lines.add("! compromised: " + key + ": nodes forget the counters that it has set"));
        var known = sharedKeys(before);
        sharedKeys(after).stream().filter(line -> !known.contains(line)).forEach(lines::add);
        if (lines.size() == 2) {
            lines.add("  the same keys and thresholds");
        }
        return lines;
    }

    private static List<VerifyKey> keys(TrustRoot root, Role role) {
        var keys = root.roles().get(role);
        return keys == null ? List.of() : keys.keys();
    }

    private static Optional<String> threshold(Role role, TrustRoot before, TrustRoot after) {
        var old = before.roles().get(role);
        var next = after.roles().get(role);
        if (old == null || next == null || old.threshold() == next.threshold()) {
            return Optional.empty();
        }
        return Optional.of("  " + role.word() + ": " + old.threshold() + " -> " + next.threshold() + " keys must sign"
                + (next.threshold() < old.threshold() ? ": FEWER THAN BEFORE" : ""));
    }

    /// Returns one line for each key with more than one role: it is one person, or one thief, for all of them.
    public static List<String> sharedKeys(TrustRoot root) {
        var lines = new ArrayList<String>();
        boolean follows = root.keys(Role.NODE).equals(root.keys(Role.GRANT));
        var seen = new HashMap<VerifyKey, Role>();
        for (var role : Role.values()) {
            for (var key : role == Role.NODE && follows ? List.<VerifyKey>of() : keys(root, role)) {
                var other = seen.putIfAbsent(key, role);
                if (other != null) {
                    lines.add("! key " + key.id() + " HAS TWO ROLES: " + other.word() + " and " + role.word());
                }
            }
        }
        return lines;
    }

    private static String key(Role role, VerifyKey key) {
        return role.word() + " key " + key.id();
    }

    private static String consequence(Role role) {
        return switch (role) {
            case ROOT -> "";
            case GRANT -> ": grants that need its signature are void";
            case STATE -> ": states that need its signature are void, and nodes wait for new ones";
            case NODE -> ": node documents that need its signature are void, and those nodes get no tenant keys";
            case KEYS -> ": blobs that need its signature are void, and nodes wait for new ones";
        };
    }
}
