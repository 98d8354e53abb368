package dev.mvm.documents.repository;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A checkout that a test makes.
public record Checkout(Path root) {
    /// Writes a file, and its folders.
    public Checkout with(String path, String text) throws IOException {
        Files.createDirectories(root.resolve(path).getParent());
        Files.writeString(root.resolve(path), text);
        return this;
    }

    /// Returns the files that were written so far.
    public Repository repository() throws IOException {
        return new Repository(root);
    }
}
