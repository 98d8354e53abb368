package dev.mvm.cli.signing;

import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/// Differences between a trust root and its successor, in lines for the signers.
public final class RootReview {
    private RootReview() {}

    /// Returns one line for each difference, with the consequence if there is one.
    public static List<String> lines(TrustRoot before, TrustRoot after) {
        var lines = new ArrayList<String>();
        lines.add("trust root, version " + before.version() + " -> " + after.version());
        lines.add("  valid until  " + before.expires() + " -> " + after.expires());
        for (var role : Role.values()) {
            var old = before.keys(role);
            var next = after.keys(role);
            for (var key : old.keys()) {
                if (!next.keys().contains(key)) {
                    lines.add("- " + key(role, key) + consequence(role));
                }
            }
            for (var key : next.keys()) {
                if (!old.keys().contains(key)) {
                    lines.add("+ " + key(role, key));
                }
            }
            if (old.threshold() != next.threshold()) {
                lines.add("  " + role.word() + ": " + old.threshold() + " -> " + next.threshold() + " keys must sign"
                        + (next.threshold() < old.threshold() ? ": FEWER THAN BEFORE" : ""));
            }
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

    /// Returns one line for each key with more than one role: it is one person, or one thief, for all of them.
    public static List<String> sharedKeys(TrustRoot root) {
        var lines = new ArrayList<String>();
        boolean follows = root.keys(Role.NODE).equals(root.keys(Role.GRANT));
        var seen = new HashMap<VerifyKey, Role>();
        for (var role : Role.values()) {
            for (var key : role == Role.NODE && follows
                    ? List.<VerifyKey>of()
                    : root.keys(role).keys()) {
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
        };
    }
}
