package dev.mvm.agentd.reconcile;

import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// The first two signed states that contradict each other, kept until an operator takes them away: both are signed by
/// keys of the role `state`. One pair, so that a coordinator that was taken over fills no disk.
public final class Evidence {
    private static final String BEFORE = "before.dsse";
    private static final String REFUSED = "refused.dsse";
    private static final Set<String> REASONS =
            Set.of(DocumentReason.EQUIVOCATION.code(), DocumentReason.KEY_EQUIVOCATION.code());

    private final StateFiles files;
    private final Consumer<String> log;

    /// @param files for nothing else
    public Evidence(StateFiles files, Consumer<String> log) {
        this.files = files;
        this.log = log;
    }

    /// Keeps a state that was refused, if it contradicts what was signed before.
    ///
    /// @param before the state that was in force
    /// @param state an envelope
    /// @param reason why it was refused, a code of [DocumentReason]
    void refused(Optional<InstalledState> before, byte[] state, String reason) {
        if (!REASONS.contains(reason)) {
            return;
        }
        try {
            if (files.all().containsKey(REFUSED)) {
                return;
            }
            if (before.isPresent()) {
                files.put(BEFORE, before.get().state().envelope().array());
            }
            files.put(REFUSED, state);
            log.accept("two signed states contradict each other (" + reason + "): both are kept in evidence/");
        } catch (IOException e) {
            log.accept("evidence of " + reason + " cannot be kept: " + e.getMessage());
        }
    }
}
