package dev.mvm.agentd.audit;

import dev.mvm.json.JsonException;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.audit.AuditRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Consecutive lines of an audit, as they are on disk.
///
/// @param first number of the first line
/// @param next number of the line after them; 0 at the end of the audit
/// @param last the last line; empty if it is damaged
public record AuditPage(Bytes lines, long first, long next, Optional<AuditRecord> last) {
    static final AuditPage NONE = new AuditPage(Bytes.EMPTY, 0, 0, Optional.empty());

    /// Reads from line `from` on, or from the oldest that is kept.
    ///
    /// @param since if present, begin with the last checkpoint before that moment instead
    /// @param most most bytes; one line is read even if it is longer
    static AuditPage read(List<Path> segments, long from, Optional<Instant> since, int most) throws IOException {
        if (segments.isEmpty()) {
            return NONE;
        }
        long start = since.isPresent() ? checkpointBefore(segments, since.get()) : from;
        int index = segments.size() - 1;
        while (index > 0 && Segments.first(segments.get(index)) > start) {
            index--;
        }
        return read(segments.subList(index, segments.size()), start, most);
    }

    private static AuditPage read(List<Path> segments, long from, int most) throws IOException {
        var out = new ByteArrayOutputStream();
        long first = Math.max(from, Segments.first(segments.getFirst()));
        long number = first;
        var last = new byte[0];
        for (var segment : segments) {
            long at = Segments.first(segment);
            try (var in = Segments.open(segment)) {
                for (var line = Segments.next(in); line.length > 0; line = Segments.next(in)) {
                    if (at >= first) {
                        if (out.size() > 0 && out.size() + line.length > most) {
                            return new AuditPage(Bytes.of(out.toByteArray()), first, number, parsed(last));
                        }
                        out.writeBytes(line);
                        last = line;
                        number++;
                    }
                    at++;
                }
            }
        }
        return new AuditPage(Bytes.of(out.toByteArray()), first, 0, parsed(last));
    }

    private static Optional<AuditRecord> parsed(byte[] line) {
        try {
            return Optional.of(AuditRecord.parse(line));
        } catch (JsonException e) {
            return Optional.empty();
        }
    }

    private static long checkpointBefore(List<Path> segments, Instant since) throws IOException {
        int index = segments.size() - 1;
        while (index > 0
                && Segments.firstLine(segments.get(index))
                        .filter(line -> !line.position().time().isAfter(since))
                        .isEmpty()) {
            index--;
        }
        long number = Segments.first(segments.get(index));
        long found = number;
        try (var in = Segments.open(segments.get(index))) {
            for (var line = Segments.next(in); line.length > 0; line = Segments.next(in)) {
                var read = parsed(line);
                if (read.isPresent() && read.get().position().time().isAfter(since)) {
                    break;
                }
                if (read.isPresent() && read.get() instanceof AuditRecord.Checkpoint) {
                    found = number;
                }
                number++;
            }
        }
        return found;
    }
}
