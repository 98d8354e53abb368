package dev.mvm.agentd.audit;

import dev.mvm.json.JsonException;
import dev.mvm.protocol.audit.AuditRecord;
import dev.mvm.protocol.audit.Head;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// One chain on disk: segments `audit-000000000001.jsonl` and so on, named after their first line. Appended lines
/// are on disk when the call returns; its duration does not depend on the length of the chain. Not thread-safe;
/// one process at a time.
final class Segments {
    private final Path directory;
    private Head head = Head.EMPTY;
    private Optional<Path> current = Optional.empty();
    private long size;
    private int torn;

    /// Opens the chain in `directory`, and creates it with mode 0700 if it is missing. A last line without its
    /// end, which a crash leaves, is cut off.
    Segments(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        for (var file : list().reversed()) {
            if (current.isEmpty()) {
                goOnFrom(file);
            }
        }
    }

    private void goOnFrom(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        if (end < bytes.length) {
            torn = bytes.length - end;
            cut(file, end);
        }
        if (end == 0) { // an empty segment: the one before it gets the line that it is named after
            Files.delete(file);
        } else {
            long sequence = first(file) - 1;
            int last = 0;
            for (int i = 0; i < end; i++) {
                if (bytes[i] == '\n') {
                    sequence++;
                    last = i + 1 == end ? last : i + 1;
                }
            }
            head = new Head(sequence - 1, Head.EMPTY.hash()).after(Arrays.copyOfRange(bytes, last, end));
            current = Optional.of(file);
            size = end;
        }
    }

    /// Bytes of a torn line that were cut off when the chain was opened.
    int torn() {
        return torn;
    }

    Head head() {
        return head;
    }

    /// Bytes of the newest segment.
    long size() {
        return size;
    }

    /// Returns whether the chain has no line yet.
    boolean isEmpty() {
        return current.isEmpty();
    }

    /// Goes on in a new segment.
    void begin() throws IOException {
        current = Optional.of(directory.resolve(String.format(Locale.ROOT, "audit-%012d.jsonl", head.sequence() + 1)));
        size = 0;
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        FileChannel.open(current.get(), Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), mode)
                .close();
        sync();
    }

    /// Appends lines that are chained to each other.
    ///
    /// @param end the head of the chain with them
    /// @throws IOException if the lines cannot be written; the chain is unchanged then
    void append(byte[] lines, Head end) throws IOException {
        if (current.isEmpty()) {
            begin();
        }
        var file = current.orElseThrow();
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size).position(size);
            var left = ByteBuffer.wrap(lines);
            while (left.hasRemaining()) {
                channel.write(left);
            }
            channel.force(false);
        }
        size += lines.length;
        head = end;
    }

    private static void cut(Path file, long end) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(end).force(true);
        }
    }

    /// The segments, oldest first.
    List<Path> list() throws IOException {
        try (var all = Files.list(directory)) {
            return all.filter(path -> path.getFileName().toString().matches("audit-[0-9]{12}\\.jsonl"))
                    .sorted()
                    .toList();
        }
    }

    /// Number of a segment's first line.
    static long first(Path segment) {
        return Long.parseLong(segment.getFileName().toString().replaceAll("[^0-9]", ""));
    }

    /// A segment's first line; empty if it is missing or damaged.
    static Optional<AuditRecord> firstLine(Path segment) throws IOException {
        try (var in = open(segment)) {
            return Optional.of(AuditRecord.parse(next(in)));
        } catch (JsonException e) {
            return Optional.empty();
        }
    }

    static InputStream open(Path segment) throws IOException {
        return new BufferedInputStream(Files.newInputStream(segment));
    }

    /// The next line with its line feed; empty at the end, or if what follows is longer than a line may be.
    static byte[] next(InputStream in) throws IOException {
        var out = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && out.size() < AuditRecord.MAX_BYTES; next = in.read()) {
            out.write(next);
            if (next == '\n') {
                return out.toByteArray();
            }
        }
        return new byte[0];
    }

    /// Removes segments.
    void remove(List<Path> segments) throws IOException {
        for (var segment : segments) {
            Files.deleteIfExists(segment);
        }
        if (current.isPresent() && segments.contains(current.get())) {
            current = Optional.empty();
        }
        sync();
    }

    private void sync() throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
