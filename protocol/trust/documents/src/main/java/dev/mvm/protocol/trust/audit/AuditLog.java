package dev.mvm.protocol.trust.audit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.model.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Counts what a daemon refuses and writes it down. A refused client may ask a million times: the very same refusal
/// is written the first, tenth, hundredth time and so on within an hour, and of different ones [#MAX_DISTINCT] an
/// hour are told apart. An audit that cannot be written stops nothing; that is counted, too.
///
/// Thread-safe.
public final class AuditLog {
    /// Most refusals in an hour that are told apart by more than their action and reason.
    public static final int MAX_DISTINCT = 256;

    /// Most reasons that are told apart; further ones are counted as `other`.
    public static final int MAX_REASONS = 100;

    /// The plan of an operation that was no step of one.
    public static final String NO_PLAN = "none";

    private final AuditFile file;
    private final String daemon;
    private final InstantSource clock;
    private final Consumer<String> complaint;

    @GuardedBy("this")
    private final Map<String, Long> refusals = new HashMap<>();

    @GuardedBy("this")
    private final Map<List<String>, Long> seen = new HashMap<>();

    @GuardedBy("this")
    private Instant window = Instant.EPOCH;

    /// Opens the audit in `directory`, which is made if it is not there.
    ///
    /// @param daemon whose it is
    /// @param complaint told in one line when records cannot be written
    /// @param signer of the records that are written from now on; without one they have no signatures
    public AuditLog(
            Path directory,
            String daemon,
            InstantSource clock,
            Consumer<String> complaint,
            Optional<AuditChain.Signer> signer)
            throws IOException {
        this.file = new AuditFile(directory, signer);
        this.daemon = daemon;
        this.clock = clock;
        this.complaint = complaint;
        if (file.torn) {
            noted("open_audit", "", "torn_line");
        }
    }

    /// Something was refused. `docs/operations/audit.md` says what the words mean.
    public synchronized void refused(String action, String subject, String reason, String detail) {
        var code = refusals.size() < MAX_REASONS || refusals.containsKey(reason) ? reason : "other";
        refusals.merge(code, 1L, Long::sum);
        count(List.of(daemon, action, subject, "refused", code, detail), List.of(action, code));
    }

    /// Notes something like [#noted], without a plan, that may be done very often: it is written as seldom as a
    /// refusal, but for each subject by itself, or a flood of refusals would hide it.
    public synchronized void counted(String action, String subject, String reason) {
        var texts = List.of(daemon, action, subject, "noted", reason, "", NO_PLAN);
        count(texts, texts);
    }

    @GuardedBy("this")
    private void count(List<String> texts, List<String> otherwise) {
        if (Duration.between(window, clock.instant()).toHours() != 0) {
            seen.clear();
            window = clock.instant();
        }
        var same = seen.size() < MAX_DISTINCT || seen.containsKey(texts) ? texts : otherwise;
        long count = seen.merge(same, 1L, Long::sum);
        long digits = count;
        while (digits % 10 == 0) {
            digits /= 10;
        }
        if (digits == 1) {
            write(texts, count);
        }
    }

    /// Something was done that must be known later.
    public synchronized void noted(String action, String subject, String reason) {
        write(List.of(daemon, action, subject, "noted", reason, ""), 1);
    }

    /// Notes something like [#noted], with a line for people.
    public synchronized void noted(String action, String subject, String reason, String detail) {
        write(List.of(daemon, action, subject, "noted", reason, detail), 1);
    }

    /// Notes an operation of the agent like [#noted].
    ///
    /// @param plan hash of the plan that it was a step of, as the agent has said
    public synchronized void noted(String action, String subject, String reason, Optional<Digest> plan) {
        var text = plan.map(Digest::value).orElse(NO_PLAN);
        write(List.of(daemon, action, subject, "noted", reason, "", text), 1);
    }

    /// Returns the number of refusals since the start, by reason.
    public synchronized Map<String, Long> refusals() {
        return Map.copyOf(refusals);
    }

    @GuardedBy("this")
    private void write(List<String> texts, long count) {
        try {
            file.append(clock.instant(), texts, count);
        } catch (IOException | UncheckedIOException e) {
            refusals.merge("audit_unwritten", 1L, Long::sum);
            complaint.accept("the audit cannot be written: " + e.getMessage());
        }
    }
}
