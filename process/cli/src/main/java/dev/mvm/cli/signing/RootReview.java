package dev.mvm.cli.signing;

import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import java.util.ArrayList;
import java.util.List;

/// What a change of trust roots means, in lines for whoever is asked to sign it.
public final class RootReview {
    private RootReview() {}

    /// One line for each difference, the weightier ones with the reason why they are.
    public static List<String> lines(TrustRoot before, TrustRoot after) {
        var lines = new ArrayList<String>();
        lines.add("trust root, version " + before.version() + " -> " + after.version());
        lines.add("  good until  " + before.expires() + " -> " + after.expires());
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
                lines.add("  " + role.word() + ": " + old.threshold() + " -> " + next.threshold() + " keys have to sign"
                        + (next.threshold() < old.threshold() ? ": FEWER THAN BEFORE" : ""));
            }
        }
        if (lines.size() == 2) {
            lines.add("  the same keys and thresholds");
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
        };
    }
}
