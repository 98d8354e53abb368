package dev.mvm.documents.repository;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files of a checkout, without anything that a build has made. Paths are relative to the checkout.
public final class Repository {
    private static final Set<String> BUILT = Set.of(".git", ".dev", "target", ".cifuzz-corpus", "__pycache__");

    private final Path root;
    private final Set<Path> entries = new TreeSet<>();

    /// @throws IOException if a folder cannot be listed
    public Repository(Path root) throws IOException {
        this.root = root;
        collect(root);
    }

    private void collect(Path directory) throws IOException {
        try (var children = Files.list(directory)) {
            for (var child : children.toList()) {
                if (BUILT.contains(child.getFileName().toString())) {
                    continue;
                }
                entries.add(root.relativize(child));
                if (Files.isDirectory(child)) {
                    collect(child);
                }
            }
        }
    }

    /// Returns all documents: Markdown, in any folder.
    public List<Path> documents() {
        return entries.stream().filter(path -> path.toString().endsWith(".md")).toList();
    }

    /// Returns all folders.
    public List<Path> folders() {
        return entries.stream()
                .filter(path -> Files.isDirectory(root.resolve(path)))
                .toList();
    }

    /// Returns whether a file or folder has this path; `*` stands for a part of a name.
    public boolean has(String path) {
        if (path.isEmpty()) {
            return true;
        }
        if (!path.contains("*")) {
            return entries.contains(Path.of(path).normalize());
        }
        var matcher = FileSystems.getDefault().getPathMatcher("glob:" + path);
        return entries.stream().anyMatch(matcher::matches);
    }

    /// Returns whether the first name of a path is a folder or file at the top of the checkout.
    public boolean begins(String path) {
        int end = path.indexOf('/');
        return end > 0 && entries.contains(Path.of(path.substring(0, end)));
    }

    /// Returns the text of a file. Bytes that are not UTF-8 are replaced.
    ///
    /// @throws UncheckedIOException if the file cannot be read
    public String text(Path path) {
        try {
            return new String(Files.readAllBytes(root.resolve(path)), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Replaces the text of a file.
    ///
    /// @throws IOException if the file cannot be written
    public void write(Path path, String text) throws IOException {
        Files.writeString(root.resolve(path), text, UTF_8);
    }

    /// Returns the files whose path matches `glob`, in order.
    public Stream<Path> files(String glob) {
        var matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
        return entries.stream().filter(matcher::matches).filter(path -> Files.isRegularFile(root.resolve(path)));
    }

    /// Returns every first group that `pattern` finds in the files that match `glob`.
    public Set<String> findings(String glob, Pattern pattern) {
        var out = new TreeSet<String>();
        files(glob).forEach(path -> {
            Matcher matcher = pattern.matcher(text(path));
            while (matcher.find()) {
                out.add(matcher.group(1));
            }
        });
        return out;
    }
}
