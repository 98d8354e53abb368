package dev.mvm.protocol.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.model.Digest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// Hashes that a decision of the agent, its outcome and root's receipt share. `docs/operations/audit.md` has their
/// form.
public final class PlanHash {
    private static final String OPERATION = "mvm plan v1\n";
    private static final String WHOLE = "mvm plan v2\n";

    /// The ground that a plan stands on. No two plans of an agent have the same.
    ///
    /// @param by who wanted it: `reconcile` or `operator`
    /// @param state digest of the signed state in force; empty for a plan that follows no state
    /// @param observed digest of the whole observation that was planned with
    /// @param made when
    /// @param number of the plan among those of this run of the agent
    public record Basis(String by, Optional<Digest> state, Digest observed, Instant made, long number) {}

    private PlanHash() {}

    /// The hash of a whole plan: another one for each plan.
    ///
    /// @param steps all of them in their order, each as the frame of a request to hostd without a plan
    public static Digest of(Basis basis, List<byte[]> steps) {
        var text = new StringBuilder(WHOLE)
                .append("by ")
                .append(basis.by())
                .append("\nstate ")
                .append(basis.state().map(Digest::value).orElse("none"))
                .append("\nobserved ")
                .append(basis.observed().value())
                .append("\nmade ")
                .append(basis.made())
                .append("\nnumber ")
                .append(basis.number())
                .append('\n');
        steps.forEach(step ->
                text.append("step ").append(HexFormat.of().formatHex(step)).append('\n'));
        return Digest.of(text.toString().getBytes(UTF_8));
    }

    /// The hash of an operation that is of no plan; of several times that it was done the clock tells which. Audits
    /// that were written before plans had hashes have it for all operations.
    ///
    /// @param action name of hostd's operation, as `guest_exec`
    /// @param subject `tenant/pool/instance`, or `net N`
    public static Digest of(String action, String subject) {
        return Digest.of((OPERATION + action + "\n" + subject + "\n").getBytes(UTF_8));
    }
}
