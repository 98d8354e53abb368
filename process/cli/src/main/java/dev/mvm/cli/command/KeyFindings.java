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

/// Key files that say something else of their encryption than is true. It shows without their passphrase.
final class KeyFindings {
    private KeyFindings() {}

    /// Looks at the files named `*.key` in these directories. Those that are keys of another kind are left out.
    ///
    /// @param wrong is told of labels that are wrong
    /// @param note is told of what could not be looked at
    static void look(List<Path> directories, Consumer<String> wrong, Consumer<String> note) {
        for (var directory : directories.stream()
                .map(path -> path.toAbsolutePath().normalize())
                .distinct()
                .toList()) {
            if (!Files.isDirectory(directory)) {
                continue; // a directory that is not there has no keys
            }
            try (var files = Files.newDirectoryStream(directory, "*.key")) {
                files.forEach(file -> look(file, wrong, note));
            } catch (IOException | DirectoryIteratorException e) {
                note.accept("keys in " + directory + " were not looked at: it cannot be read");
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
                note.accept("not looked at: " + e.getMessage());
            }
        }
    }

    /// Says that a file is labelled wrongly, and what mends it.
    static String mislabelled(Path file) {
        return "the key " + file + " says HMAC-SHA-1, as JDK 25.0.5 with its fault wrote it: mvm signing-key passphrase " + file
                + " writes it rightly (wrong_label)";
    }
}
