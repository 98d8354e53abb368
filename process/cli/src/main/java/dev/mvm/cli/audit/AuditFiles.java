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

/// Reads audit files line by line.
final class AuditFiles {
    /// First bytes of a tenant's audit; a daemon's audit has another schema.
    private static final String TENANTS = "{\"schema\":2,";

    /// Checks one line.
    @FunctionalInterface
    interface Judge {
        /// Returns the line's fault; empty if the line is valid.
        Optional<String> complaint(byte[] line);
    }

    /// The first invalid line.
    ///
    /// @param line from 1
    record Fault(Path file, int line, String what) {}

    private AuditFiles() {}

    /// Returns whether the files are of a tenant's audit, by their first line.
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

    /// Shows each line, its end included, to `judge` until one is invalid. A line that is too long or has no end is
    /// shown, too.
    ///
    /// @param most maximum length of a line in bytes
    /// @return the first fault; empty if every line is valid
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

    /// Returns the next line with its end; the end is missing at the end of the file and if the line is too long.
    /// Empty if there is no further line.
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
