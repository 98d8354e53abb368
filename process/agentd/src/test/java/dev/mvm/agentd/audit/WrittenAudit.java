package dev.mvm.agentd.audit;

import dev.mvm.protocol.audit.AuditRecord;
import dev.mvm.protocol.audit.ChainVerification;
import dev.mvm.protocol.audit.CheckpointVerification;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A tenant's audit as a verifier reads it.
///
/// @param chain what was verified
/// @param entries its records
record WrittenAudit(ChainVerification.Chain chain, List<AuditRecord.Entry> entries) {
    static List<Path> files(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    /// Verifies what is in `directory`.
    ///
    /// @throws AssertionError if it is not one good chain
    static WrittenAudit read(Path directory) throws IOException {
        return read(files(directory).stream().map(WrittenAudit::bytes).toList());
    }

    static WrittenAudit read(List<byte[]> parts) throws IOException {
        var entries = new ArrayList<AuditRecord.Entry>();
        var verification =
                new ChainVerification(new CheckpointVerification(Optional.empty()), Optional.empty(), entries::add);
        for (var part : parts) {
            var in = new ByteArrayInputStream(part);
            int left = part.length;
            for (var line = Segments.next(in); line.length > 0; line = Segments.next(in)) {
                left -= line.length;
                var complaint = verification.complaint(line);
                if (complaint.isPresent()) {
                    throw new AssertionError(complaint.get());
                }
            }
            if (left != 0) {
                throw new AssertionError("bytes that are no line");
            }
        }
        return new WrittenAudit(verification.chain().orElseThrow(), entries);
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// The records in short: `instance_started decided`.
    List<String> words() {
        return entries.stream()
                .map(entry ->
                        entry.fact().event().word() + " " + entry.fact().phase().word())
                .toList();
    }
}
