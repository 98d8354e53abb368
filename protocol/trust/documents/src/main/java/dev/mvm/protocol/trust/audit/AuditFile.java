package dev.mvm.protocol.trust.audit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The chain on disk: files `audit-000000000001.jsonl` and so on, named after their first record, each at most
/// [#MAX_BYTES], the newest [#KEPT] of them. Not thread-safe; one process at a time.
final class AuditFile {
    static final int MAX_BYTES = 1 << 20;
    static final int KEPT = 64;

    private final Path directory;
    private final Optional<AuditChain.Signer> signer;
    private AuditChain chain = AuditChain.EMPTY;
    private Path current;
    private long size;

    /// Returns whether the last line had no end when the audit was opened.
    boolean torn;

    /// Opens the audit in `directory`, making it with mode 0700 if it is not there. A last line without its end,
    /// which a crash leaves, is cut off. Whatever the last line is otherwise, the chain goes on from it: whether it
    /// is a record is for those to find out who verify.
    ///
    /// @param signer of records; without one they have no signature
    AuditFile(Path directory, Optional<AuditChain.Signer> signer) throws IOException {
        this.directory = directory;
        this.signer = signer;
        this.current = directory; // no file yet
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Files.createDirectories(directory, mode);
        var files = files();
        for (int i = files.size() - 1; i >= 0 && size == 0; i--) {
            goOnFrom(files.get(i));
        }
    }

    private void goOnFrom(Path file) throws IOException {
        var text = Files.readString(file, ISO_8859_1);
        int end = text.lastIndexOf('\n') + 1;
        if (end < text.length()) {
            torn = true;
            cut(file, end);
        }
        if (end > 0) { // otherwise it was begun and not gone on with
            long before = Long.parseLong(file.getFileName().toString().replaceAll("[^0-9]", "")) - 1;
            var lines = text.substring(0, end).split("(?<=\n)", 0);
            chain = new AuditChain(before + lines.length - 1, "").after(lines[lines.length - 1].getBytes(ISO_8859_1));
            current = file;
            size = end;
        }
    }

    /// Appends a record, as [AuditChain#next], signed; when this returns, it is on disk.
    void append(Instant time, List<String> texts, long count) throws IOException {
        var line = signed(chain.next(time, texts, count));
        if (size + line.length > MAX_BYTES || !Files.isRegularFile(current)) {
            begin();
        }
        try (var out = new RandomAccessFile(current.toFile(), "rw")) {
            out.seek(size);
            out.write(line);
            out.getFD().sync();
        } catch (IOException e) {
            cut(current, size);
            throw e;
        }
        size += line.length;
        chain = chain.after(line);
    }

    private byte[] signed(byte[] line) throws IOException {
        return signer.isEmpty() ? line : AuditChain.with(line, signer.get().sign(AuditChain.message(line)));
    }

    private void begin() throws IOException {
        current = directory.resolve(String.format(Locale.ROOT, "audit-%012d.jsonl", chain.sequence() + 1));
        size = 0;
        var files = files();
        for (var old : files.subList(0, Math.max(0, files.size() - KEPT + 1))) {
            Files.delete(old);
        }
    }

    private static void cut(Path file, long size) throws IOException {
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(size);
        }
    }

    private List<Path> files() throws IOException {
        try (var all = Files.list(directory)) {
            return all.filter(path -> path.toString().matches(".*/audit-[0-9]{12}\\.jsonl"))
                    .sorted()
                    .toList();
        }
    }
}
