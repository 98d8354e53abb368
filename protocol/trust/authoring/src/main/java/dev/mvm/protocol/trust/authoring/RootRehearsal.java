package dev.mvm.protocol.trust.authoring;

import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verifier;
import java.time.Instant;

/// Trust roots as nodes will take them, before anybody signs or publishes them: a node that follows a root has no way
/// back.
public final class RootRehearsal {
    private RootRehearsal() {}

    /// Refuses a root under which no node would take a state, or a key.
    ///
    /// @throws RefusedException `not_yet_valid`, `root_expired` or `below_threshold`
    public static void check(TrustRoot root, Instant now) throws RefusedException {
        if (root.issuedAt().isAfter(now.plus(Verifier.SKEW))) {
            throw new RefusedException(
                    DocumentReason.NOT_YET_VALID, "root issued at " + root.issuedAt() + ", here it is " + now);
        }
        if (!now.isBefore(root.expires())) {
            throw new RefusedException(DocumentReason.ROOT_EXPIRED, "at " + root.expires() + ", here it is " + now);
        }
        int threshold = root.keys(Role.STATE).threshold();
        if (threshold > 1) {
            throw new RefusedException(
                    DocumentReason.BELOW_THRESHOLD,
                    threshold + " keys of role state would have to sign each state, and a coordinator signs with one");
        }
        var keys = root.roles().get(Role.KEYS);
        if (keys != null && keys.threshold() > 1) {
            throw new RefusedException(
                    DocumentReason.BELOW_THRESHOLD,
                    keys.threshold()
                            + " keys of role keys would have to sign each blob, and a key service signs with one");
        }
    }
}
