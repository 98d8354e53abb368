package dev.mvm.image.build;

import dev.mvm.image.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/// Files that programs in the sandbox have made, in a directory to which the importer writes nothing. A program that
/// was taken over may have put a link in place of a file, to have the importer read what the sandbox cannot, or a pipe,
/// to keep it waiting. The files are read while no program runs in the sandbox, so they do not change between a look
/// and the read.
record Scratch(Path directory) {
    /// A regular file with one name.
    ///
    /// @param most bytes
    /// @throws ImageException `sandbox_broken`
    Path file(String name, long most) throws ImageException, IOException {
        var path = directory.resolve(name);
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                || Files.size(path) > most
                || !Files.getAttribute(path, "unix:nlink", LinkOption.NOFOLLOW_LINKS)
                        .equals(1)) {
            throw broken(name);
        }
        return path;
    }

    /// A small file's bytes.
    ///
    /// @param most bytes
    /// @throws ImageException `sandbox_broken`
    byte[] bytes(String name, int most) throws ImageException, IOException {
        try (var in = Files.newInputStream(file(name, most), LinkOption.NOFOLLOW_LINKS)) {
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
