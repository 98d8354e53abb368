package dev.mvm.cli.command;

import dev.mvm.cli.Failure;
import dev.mvm.cli.signing.Documents;
import dev.mvm.signing.KeyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Key files that say something else of their encryption than is true. It shows without their passphrase.
final class KeyFindings {
    private KeyFindings() {}

    /// The files named `*.key` in these directories that are labelled wrongly. Other files may be keys of another
    /// kind, and are left out.
    static List<Path> mislabelled(List<Path> directories) {
        var out = new ArrayList<Path>();
        for (var directory : directories) {
            try (var files = Files.newDirectoryStream(directory, "*.key")) {
                for (var file : files) {
                    if (mislabelled(file)) {
                        out.add(file);
                    }
                }
            } catch (IOException _) { // a directory that is not there has no keys
            }
        }
        return out;
    }

    private static boolean mislabelled(Path file) {
        try {
            return Documents.keyLabel(file) == KeyFile.Label.WRONG;
        } catch (Failure e) {
            return false;
        }
    }

    /// What to say of a file that is labelled wrongly.
    static String complaint(Path file) {
        return "the key " + file + " says HMAC-SHA-1, as JDK 25.0.5 with its fault wrote it: mvm key passphrase " + file
                + " writes it rightly (wrong_label)";
    }
}
