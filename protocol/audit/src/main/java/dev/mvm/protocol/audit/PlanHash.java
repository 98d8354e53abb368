package dev.mvm.protocol.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.model.Digest;

/// Hash that a decision of the agent and the receipt of root share; either suffices to compute it. It names an
/// operation and what it is done to; of several times the clock tells which.
public final class PlanHash {
    private static final String CONTEXT = "mvm plan v1\n";

    private PlanHash() {}

    /// The hash of an operation.
    ///
    /// @param action name of hostd's operation, as `sleep_instance`
    /// @param subject `tenant/pool/instance`, or `net N`
    public static Digest of(String action, String subject) {
        return Digest.of((CONTEXT + action + "\n" + subject + "\n").getBytes(UTF_8));
    }
}
