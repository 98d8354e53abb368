package dev.mvm.agentd.audit;

import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.audit.AuditRecord;
import dev.mvm.protocol.audit.Fact;
import dev.mvm.protocol.audit.Head;
import dev.mvm.protocol.audit.Position;
import dev.mvm.protocol.audit.TenantEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// One tenant's audit. Every segment begins with a checkpoint, so that a chain whose oldest segments were removed
/// still begins with the agent's signature over the part before. Thread-safe.
final class TenantAudit {
    /// Size in bytes from which a new segment is begun.
    static final int SEGMENT_BYTES = 256 << 10;

    /// Most records after a checkpoint.
    static final int UNSIGNED = 256;

    /// Longest time that records stay without a checkpoint.
    static final Duration UNSIGNED_FOR = Duration.ofHours(1);

    private final Segments segments;
    private final NodeId node;
    private final TenantId tenant;
    private final CheckpointSigner signer;
    private int unsigned;
    private Instant signed = Instant.EPOCH;

    TenantAudit(Path directory, NodeId node, TenantId tenant, CheckpointSigner signer, Instant now) throws IOException {
        this.segments = new Segments(directory);
        this.node = node;
        this.tenant = tenant;
        this.signer = signer;
        if (!segments.isEmpty()) {
            unsigned = 1; // the last line is not read: it may be a checkpoint or not
        }
        if (segments.torn() > 0) {
            var what = segments.torn() + " bytes were cut off";
            record(List.of(Fact.noted(TenantEvent.AUDIT_MENDED, "agent", tenant.value(), 0, what)), now);
        }
    }

    /// Appends facts; when this returns, they are on disk.
    ///
    /// @throws IOException if they cannot be written; none of them is in the audit then
    synchronized void record(List<Fact> facts, Instant now) throws IOException {
        if (segments.isEmpty() || segments.size() >= SEGMENT_BYTES) {
            segments.begin();
            checkpoint(now);
        }
        var lines = new ByteArrayOutputStream();
        var head = segments.head();
        for (var fact : facts) {
            var line = new AuditRecord.Entry(Position.after(head, node, tenant, now), fact).bytes();
            lines.writeBytes(line);
            head = head.after(line);
        }
        segments.append(lines.toByteArray(), head);
        unsigned += facts.size();
        if (unsigned >= UNSIGNED) {
            checkpoint(now);
        }
    }

    /// Signs records that have been unsigned for an hour.
    synchronized void tend(Instant now) throws IOException {
        if (unsigned > 0 && !now.isBefore(signed.plus(UNSIGNED_FOR))) {
            checkpoint(now);
        }
    }

    /// Signs the records since the last checkpoint, if there are any.
    synchronized void close(Instant now) throws IOException {
        if (unsigned > 0) {
            checkpoint(now);
        }
    }

    private void checkpoint(Instant now) throws IOException {
        signed = now; // without a key, the next attempt is in an hour or after as many records
        unsigned = 0;
        var checkpoint = signer.sign(Position.after(segments.head(), node, tenant, now));
        if (checkpoint.isPresent()) {
            var line = checkpoint.get().bytes();
            segments.append(line, segments.head().after(line));
        }
    }

    /// Removes the oldest segments if they are too old or too large together, never the newest, after a record of
    /// that.
    synchronized void retire(Retention retention, Instant now) throws IOException {
        var all = segments.list();
        int gone = tooOld(all, now.minus(retention.age()));
        long bytes = 0;
        for (int i = all.size() - 1; i >= gone; i--) {
            bytes += Files.size(all.get(i));
            if (bytes > retention.bytes() && i + 1 < all.size()) {
                gone = i + 1;
            }
        }
        if (gone > 0) {
            var next = Segments.firstLine(all.get(gone))
                    .map(line -> line.position().previous());
            var what = String.format(
                    Locale.ROOT,
                    "records %d to %d, head %s",
                    Segments.first(all.getFirst()),
                    Segments.first(all.get(gone)) - 1,
                    next.orElse(Head.EMPTY.hash()));
            record(List.of(Fact.noted(TenantEvent.AUDIT_RETIRED, "agent", tenant.value(), 0, what)), now);
            segments.remove(all.subList(0, gone));
        }
    }

    /// Number of the oldest segments that have no record since `limit`: the segment after each begins before it.
    private static int tooOld(List<Path> all, Instant limit) throws IOException {
        int old = 0;
        while (old + 1 < all.size() && isBefore(all.get(old + 1), limit)) {
            old++;
        }
        return old;
    }

    private static boolean isBefore(Path segment, Instant limit) throws IOException {
        return Segments.firstLine(segment)
                .filter(line -> line.position().time().isBefore(limit))
                .isPresent();
    }

    /// A part of the audit; see [TenantAudits#read].
    synchronized AuditPage read(long from, Optional<Instant> since, int most) throws IOException {
        return AuditPage.read(segments.list(), from, since, most);
    }

    /// Time of the last record.
    synchronized Optional<Instant> last() throws IOException {
        var page = AuditPage.read(segments.list(), segments.head().sequence(), Optional.empty(), AuditRecord.MAX_BYTES);
        return page.last().map(line -> line.position().time());
    }

    synchronized Head head() {
        return segments.head();
    }

    /// Removes everything.
    synchronized void remove() throws IOException {
        segments.remove(segments.list());
    }
}
