package dev.mvm.image.build;

import dev.mvm.image.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/// Files that programs in the sandbox have made. One that was taken over may have put a link in place of a file, to
/// have the importer read what the sandbox cannot.
record Scratch(Path directory) {
    /// A file that is a file.
    ///
    /// @throws ImageException `sandbox_broken`
    Path file(String name) throws ImageException {
        var path = directory.resolve(name);
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            throw broken(name);
        }
        return path;
    }

    /// A small file's bytes.
    ///
    /// @param most bytes
    /// @throws ImageException `sandbox_broken`
    byte[] bytes(String name, int most) throws ImageException, IOException {
        try (var in = Files.newInputStream(file(name), LinkOption.NOFOLLOW_LINKS)) {
            var bytes = in.readNBytes(most + 1);
            if (bytes.length > most) {
                throw broken(name);
            }
            return bytes;
        }
    }

    private static ImageException broken(String name) {
        return new ImageException("sandbox_broken", "a program in the sandbox has not made " + name + " as it should");
    }
}
