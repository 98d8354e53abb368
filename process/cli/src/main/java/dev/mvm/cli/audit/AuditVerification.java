package dev.mvm.cli.audit;

import dev.mvm.json.JsonException;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.audit.AuditChain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Computes a chain again, from its files alone. The first record may be any: older files are removed in time.
public final class AuditVerification {
    /// What came of it.
    public sealed interface Result {}

    /// Every line is what it was.
    ///
    /// @param first number of the first record
    /// @param last number of the last record, and with that the chain's length
    /// @param daemon who wrote it
    /// @param head hash of the last line: to be kept elsewhere, so that a later chain can be held against it
    public record Intact(long first, long last, String daemon, Digest head) implements Result {
        /// How many records there are.
        public long records() {
            return last - first + 1;
        }
    }

    /// The first line that is not what it was, or what is missing.
    ///
    /// @param line from 1; 0 for the file as a whole
    /// @param what in one line for people
    public record Broken(Path file, int line, String what) implements Result {}

    private final Optional<Digest> known;
    private final Consumer<AuditLine> each;
    private Optional<AuditChain> chain = Optional.empty();
    private boolean knownSeen;
    private long first;
    private String daemon = "";

    private AuditVerification(Optional<Digest> known, Consumer<AuditLine> each) {
        this.known = known;
        this.each = each;
    }

    /// Verifies a chain.
    ///
    /// @param files of one daemon, in the order of their names, at least one; one that was only begun may be empty
    /// @param known the head that an earlier verification gave: the chain must contain it
    /// @throws IOException if a file cannot be read
    public static Result of(List<Path> files, Optional<Digest> known) throws IOException {
        return of(files, known, _ -> {});
    }

    /// Verifies a chain, and shows each record that is as it was written.
    static Result of(List<Path> files, Optional<Digest> known, Consumer<AuditLine> each) throws IOException {
        return new AuditVerification(known, each).run(files);
    }

    private Result run(List<Path> files) throws IOException {
        var fault = AuditFiles.read(files, AuditLine.MAX_BYTES, this::complaint);
        if (fault.isPresent()) {
            return new Broken(
                    fault.get().file(), fault.get().line(), fault.get().what());
        }
        if (chain.isEmpty()) {
            return new Broken(files.getLast(), 0, "there is no record in it");
        }
        var end = chain.get();
        if (known.isPresent() && !knownSeen) {
            return new Broken(files.getLast(), 0, "no record has the hash " + known.get() + ": some were removed");
        }
        return new Intact(first, end.sequence(), daemon, new Digest("sha256:" + end.hash()));
    }

    /// What is wrong with the next line, or empty.
    private Optional<String> complaint(byte[] line) {
        if (line[line.length - 1] != '\n') {
            return Optional.of(line.length > AuditLine.MAX_BYTES ? "the line is too long" : "the line is cut off");
        }
        AuditLine read;
        try {
            read = AuditLine.parse(line);
        } catch (JsonException e) {
            return Optional.of("it is no record: " + e.getMessage());
        }
        if (chain.isEmpty()) {
            first = read.sequence();
            daemon = read.daemon();
            chain = Optional.of(new AuditChain(first - 1, read.previous()));
            if (first == 1 && !chain.get().equals(AuditChain.EMPTY)) {
                return Optional.of("record 1 names a record before it");
            }
        }
        var before = chain.get();
        if (read.sequence() != before.sequence() + 1) {
            return Optional.of("record " + read.sequence() + " where " + (before.sequence() + 1) + " should be");
        }
        if (!read.previous().equals(before.hash())) {
            return Optional.of(
                    "the record before it was altered: its hash is not what record " + read.sequence() + " says");
        }
        if (!read.daemon().equals(daemon)) {
            return Optional.of("a record of " + read.daemon() + " among those of " + daemon);
        }
        knownSeen |= known.equals(Optional.of(Digest.of(line)));
        chain = Optional.of(before.after(line));
        each.accept(read);
        return Optional.empty();
    }
}
