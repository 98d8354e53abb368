package dev.mvm.protocol.audit;

import dev.mvm.json.JsonException;
import dev.mvm.model.Digest;
import java.util.Optional;
import java.util.function.Consumer;

/// Computes one tenant's chain of one node again, line by line. The first line may be any: older ones are removed in
/// time.
public final class ChainVerification {
    private final CheckpointVerification checkpoints;
    private final Optional<Digest> known;
    private final Consumer<AuditRecord.Entry> each;
    private Optional<AuditRecord> first = Optional.empty();
    private Head head = Head.EMPTY;
    private boolean knownSeen;
    private long signedTo;
    private int signatures;

    /// Result of a verification.
    ///
    /// @param first where the chain begins
    /// @param anchored whether it begins at its beginning, or with a checkpoint
    /// @param head its end, to be kept elsewhere: a later chain can be held against it
    /// @param signedTo number of the last line that a checkpoint covers, 0 without one
    /// @param signatures how many checkpoints there are
    public record Chain(Position first, boolean anchored, Head head, long signedTo, int signatures) {
        /// Number of lines.
        public long lines() {
            return head.sequence() - first.sequence() + 1;
        }
    }

    /// @param known the head that an earlier verification gave: the chain must contain it
    /// @param each called with every record that is as it was written
    public ChainVerification(
            CheckpointVerification checkpoints, Optional<Digest> known, Consumer<AuditRecord.Entry> each) {
        this.checkpoints = checkpoints;
        this.known = known;
        this.each = each;
    }

    /// Returns the fault of the next line, or empty. After a fault nothing more is verified.
    public Optional<String> complaint(byte[] line) {
        if (line.length == 0 || line[line.length - 1] != '\n') {
            return Optional.of(line.length > AuditRecord.MAX_BYTES ? "the line is too long" : "the line is cut off");
        }
        AuditRecord read;
        try {
            read = AuditRecord.parse(line);
        } catch (JsonException e) {
            return Optional.of("it is no record: " + e.getMessage());
        }
        var complaint = first.isEmpty() ? begin(read) : order(read.position());
        if (complaint.isEmpty() && read instanceof AuditRecord.Checkpoint checkpoint) {
            complaint = checkpoints.complaint(checkpoint).map(what -> "the checkpoint: " + what);
            signatures++;
            signedTo = checkpoint.position().sequence();
        }
        if (complaint.isEmpty() && read instanceof AuditRecord.Entry entry) {
            each.accept(entry);
        }
        head = new Head(read.position().sequence() - 1, read.position().previous()).after(line);
        knownSeen |= known.equals(Optional.of(head.hash()));
        return complaint;
    }

    private Optional<String> begin(AuditRecord read) {
        first = Optional.of(read);
        var position = read.position();
        return position.sequence() == 1 && !position.previous().equals(Head.EMPTY.hash())
                ? Optional.of("record 1 names a record before it")
                : Optional.empty();
    }

    private Optional<String> order(Position next) {
        if (next.sequence() != head.sequence() + 1) {
            return Optional.of("record " + next.sequence() + " where " + (head.sequence() + 1) + " should be");
        }
        if (!next.previous().equals(head.hash())) {
            return Optional.of(
                    "the record before it was altered: its hash is not what record " + next.sequence() + " says");
        }
        var begun = first.orElseThrow().position();
        if (!next.node().equals(begun.node()) || !next.tenant().equals(begun.tenant())) {
            return Optional.of("a record of " + next.node() + "/" + next.tenant() + " among those of " + begun.node()
                    + "/" + begun.tenant());
        }
        return Optional.empty();
    }

    /// The chain that was verified; empty if there was no line.
    public Optional<Chain> chain() {
        return first.map(line -> new Chain(
                line.position(),
                line.position().sequence() == 1 || line instanceof AuditRecord.Checkpoint,
                head,
                signedTo,
                signatures));
    }

    /// Returns whether the expected head is missing.
    public boolean knownIsMissing() {
        return known.isPresent() && !knownSeen;
    }
}
