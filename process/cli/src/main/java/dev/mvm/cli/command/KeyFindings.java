package dev.mvm.cli.command;

import dev.mvm.crypto.sign.KeyFile;
import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.sign.SigningException.Reason;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/// Finds key files whose label names another encryption than they have. Needs no passphrase.
final class KeyFindings {
    private KeyFindings() {}

    /// Checks the files named `*.key` in these directories. Keys of another kind are skipped.
    ///
    /// @param wrong receives a line for each wrong label
    /// @param note receives a line for each file or directory that cannot be checked
    static void look(List<Path> directories, Consumer<String> wrong, Consumer<String> note) {
        for (var directory : directories.stream()
                .map(path -> path.toAbsolutePath().normalize())
                .distinct()
                .toList()) {
            if (!Files.isDirectory(directory)) {
                continue; // an absent directory has no keys
            }
            try (var files = Files.newDirectoryStream(directory, "*.key")) {
                files.forEach(file -> look(file, wrong, note));
            } catch (IOException | DirectoryIteratorException e) {
                note.accept("keys in " + directory + " not checked: cannot read the directory");
            }
        }
    }

    private static void look(Path file, Consumer<String> wrong, Consumer<String> note) {
        try {
            if (KeyFile.label(file) == KeyFile.Label.WRONG) {
                wrong.accept(mislabelled(file));
            }
        } catch (SigningException e) {
            if (e.reason() == Reason.EXPOSED || e.reason() == Reason.NO_KEY) {
                note.accept("not checked: " + e.getMessage());
            }
        }
    }

    /// Returns the line about a file with a wrong label, and the remedy.
    static String mislabelled(Path file) {
        return "the key " + file
                + " says HMAC-SHA-1, as a faulty JDK 25.0.5 wrote it; to repair it: mvm signing-key passphrase " + file
                + " (wrong_label)";
    }
}
