package dev.mvm.cli.audit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Lines of audit files, one after another.
final class AuditFiles {
    /// How the first line of a tenant's audit begins, as opposed to a daemon's.
    private static final String TENANTS = "{\"schema\":2,";

    /// What is wrong with a line, or empty.
    interface Judge {
        Optional<String> complaint(byte[] line);
    }

    /// The first line that is not what it was.
    ///
    /// @param line from 1
    record Fault(Path file, int line, String what) {}

    private AuditFiles() {}

    /// Whether the files are of a tenant's audit: their first line says it.
    static boolean areATenants(List<Path> files) throws IOException {
        for (var file : files) {
            try (var in = Files.newInputStream(file)) {
                var begin = new String(in.readNBytes(TENANTS.length()), ISO_8859_1);
                if (!begin.isEmpty()) {
                    return begin.equals(TENANTS);
                }
            }
        }
        return false;
    }

    /// Has `judge` look at each line with its end, until one is wrong. What is no line, because it has no end or is too
    /// long, is shown to it as well.
    ///
    /// @param most most bytes of a line
    static Optional<Fault> read(List<Path> files, int most, Judge judge) throws IOException {
        for (var file : files) {
            try (var in = new BufferedInputStream(Files.newInputStream(file))) {
                int number = 1;
                for (var line = line(in, most); line.length > 0; line = line(in, most)) {
                    var complaint = judge.complaint(line);
                    if (complaint.isPresent()) {
                        return Optional.of(new Fault(file, number, complaint.get()));
                    }
                    number++;
                }
            }
        }
        return Optional.empty();
    }

    /// The next line with its end; without it at the end of the file, or if it is too long. Empty when there is none.
    private static byte[] line(InputStream in, int most) throws IOException {
        var out = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0; next = in.read()) {
            out.write(next);
            if (next == '\n' || out.size() > most) {
                break;
            }
        }
        return out.toByteArray();
    }
}
