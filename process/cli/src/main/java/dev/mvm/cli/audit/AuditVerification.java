package dev.mvm.cli.audit;

import dev.mvm.json.JsonException;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.audit.AuditChain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Verifies a hash chain from its files alone. The first record may have any number, since old files are removed.
public final class AuditVerification {
    /// Outcome of a verification.
    public sealed interface Result {}

    /// Every line is as it was written.
    ///
    /// @param first number of the first record
    /// @param last number of the last record, which is the length of the whole chain
    /// @param daemon name of the writer
    /// @param head hash of the last line; kept elsewhere, it shows later whether a chain still contains this one
    /// @param signed number of the first record with a signature, as all after it have; 0 if none has one
    public record Intact(long first, long last, String daemon, Digest head, long signed) implements Result {
        /// Returns the number of records.
        public long records() {
            return last - first + 1;
        }
    }

    /// The first invalid line, or a missing part.
    ///
    /// @param line from 1; 0 for the file as a whole
    /// @param what the fault in one line for people
    public record Broken(Path file, int line, String what) implements Result {}

    private final Optional<Digest> known;
    private final AuditSignatures signatures;
    private final Consumer<AuditLine> each;
    private Optional<AuditChain> chain = Optional.empty();
    private boolean knownSeen;
    private long first;
    private long signed;
    private String daemon = "";

    private AuditVerification(Optional<Digest> known, AuditSignatures signatures, Consumer<AuditLine> each) {
        this.known = known;
        this.signatures = signatures;
        this.each = each;
    }

    /// Verifies a chain.
    ///
    /// @param files of one daemon, in the order of their names, at least one; a new file may be empty
    /// @param known the head of an earlier verification, which the chain must contain
    /// @param signatures by which records must be signed
    /// @throws IOException if a file cannot be read
    public static Result of(List<Path> files, Optional<Digest> known, AuditSignatures signatures) throws IOException {
        return new AuditVerification(known, signatures, _ -> {}).run(files);
    }

    /// Verifies a chain and passes each valid record to `each`.
    static Result each(List<Path> files, Consumer<AuditLine> each) throws IOException {
        return new AuditVerification(Optional.empty(), AuditSignatures.UNKNOWN, each).run(files);
    }

    private Result run(List<Path> files) throws IOException {
        var fault = AuditFiles.read(files, AuditLine.MAX_BYTES, this::complaint);
        if (fault.isPresent()) {
            return new Broken(
                    fault.get().file(), fault.get().line(), fault.get().what());
        }
        if (chain.isEmpty()) {
            return new Broken(files.getLast(), 0, "no record in the file");
        }
        var end = chain.get();
        if (known.isPresent() && !knownSeen) {
            return new Broken(files.getLast(), 0, "no record has the hash " + known.get() + ": some were removed");
        }
        if (signatures.verifies() && signed == 0) {
            return new Broken(files.getLast(), 0, "no record is signed");
        }
        return new Intact(first, end.sequence(), daemon, new Digest("sha256:" + end.hash()), signed);
    }

    /// Returns the next line's fault; empty if the line is valid.
    private Optional<String> complaint(byte[] line) {
        if (line[line.length - 1] != '\n') {
            return Optional.of(line.length > AuditLine.MAX_BYTES ? "the line is too long" : "the line is cut off");
        }
        AuditLine read;
        try {
            read = AuditLine.parse(line);
        } catch (JsonException e) {
            return Optional.of("invalid record: " + e.getMessage());
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
            return Optional.of("record " + read.sequence() + " in place of record " + (before.sequence() + 1));
        }
        if (!read.previous().equals(before.hash())) {
            return Optional.of("the record before it was altered: record " + read.sequence() + " names another hash");
        }
        if (!read.daemon().equals(daemon)) {
            return Optional.of("a record of " + read.daemon() + " among records of " + daemon);
        }
        var unsigned = signatures.fault(read, signed);
        if (unsigned.isPresent()) {
            return unsigned;
        }
        if (signed == 0 && read.signature().isPresent()) {
            signed = read.sequence();
        }
        knownSeen |= known.equals(Optional.of(Digest.of(line)));
        chain = Optional.of(before.after(line));
        each.accept(read);
        return Optional.empty();
    }
}
