package dev.mvm.keyd.audit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.protocol.trust.audit.AuditChain;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The audit's lines on disk: files `audit-000000000001.jsonl` and so on, named after their first record. None is ever
/// removed by keyd. Not thread-safe; one process at a time.
final class AuditFiles {
    static final int MAX_BYTES = 4 << 20;

    private final Path directory;
    private AuditChain chain = AuditChain.EMPTY;
    private Path current;
    private long size;

    /// Opens the audit in `directory`, which is made if it is not there. A last line without its end, which a crash
    /// leaves, is cut off.
    AuditFiles(Path directory) throws IOException {
        this.directory = directory;
        this.current = directory; // no file yet
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Files.createDirectories(directory, mode);
        for (var file : files().reversed()) {
            if (size == 0) {
                goOnFrom(file);
            }
        }
    }

    private void goOnFrom(Path file) throws IOException {
        var text = Files.readString(file, ISO_8859_1);
        int end = text.lastIndexOf('\n') + 1;
        if (end < text.length()) {
            cut(file, end);
        }
        if (end > 0) {
            var lines = text.substring(0, end).split("(?<=\n)", 0);
            chain = new AuditChain(first(file) + lines.length - 2, "")
                    .after(lines[lines.length - 1].getBytes(ISO_8859_1));
            current = file;
            size = end;
        }
    }

    AuditChain chain() {
        return chain;
    }

    /// Appends lines; when this returns, they are on disk.
    ///
    /// @param after the chain with them
    void append(byte[] lines, AuditChain after) throws IOException {
        if (size + lines.length > MAX_BYTES || !Files.isRegularFile(current)) {
            current = directory.resolve(String.format(Locale.ROOT, "audit-%012d.jsonl", chain.sequence() + 1));
            size = 0;
        }
        try (var out = new RandomAccessFile(current.toFile(), "rw")) {
            out.seek(size);
            out.write(lines);
            out.getFD().sync();
        } catch (IOException e) {
            cut(current, size);
            throw e;
        }
        size += lines.length;
        chain = after;
    }

    /// The lines of the file with record `from`, from that one on; empty if there is no such record.
    List<String> from(long from) throws IOException {
        var out = new ArrayList<String>();
        var files = files();
        for (int i = files.size() - 1; i >= 0; i--) {
            long first = first(files.get(i));
            if (first <= from || i == 0) {
                var lines = Files.readString(files.get(i), ISO_8859_1).lines().toList();
                out.addAll(lines.subList(Math.clamp(from - first, 0, lines.size()), lines.size()));
                return out;
            }
        }
        return out;
    }

    private static long first(Path file) {
        return Long.parseLong(file.getFileName().toString().replaceAll("[^0-9]", ""));
    }

    private static void cut(Path file, long size) throws IOException {
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(size);
        }
    }

    List<Path> files() throws IOException {
        try (var all = Files.list(directory)) {
            return all.filter(path -> path.toString().matches(".*/audit-[0-9]{12}\\.jsonl"))
                    .sorted()
                    .toList();
        }
    }
}
