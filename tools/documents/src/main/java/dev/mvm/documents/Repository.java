package dev.mvm.documents;

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

/// The files of a checkout, without what is built from them.
final class Repository {
    private static final Set<String> BUILT = Set.of(".git", ".dev", "target");

    private final Path root;
    private final Set<Path> entries = new TreeSet<>();

    Repository(Path root) throws IOException {
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

    /// All documents: Markdown, wherever it is.
    List<Path> documents() {
        return entries.stream().filter(path -> path.toString().endsWith(".md")).toList();
    }

    /// Whether something has this path; `*` stands for a part of a name.
    boolean has(String path) {
        if (path.isEmpty()) {
            return true;
        }
        if (!path.contains("*")) {
            return entries.contains(Path.of(path).normalize());
        }
        var matcher = FileSystems.getDefault().getPathMatcher("glob:" + path);
        return entries.stream().anyMatch(matcher::matches);
    }

    /// Whether a path begins with a folder or file that is there, so that it is meant as one.
    boolean begins(String path) {
        int end = path.indexOf('/');
        return end > 0 && entries.contains(Path.of(path.substring(0, end)));
    }

    /// The text of a file.
    String text(Path path) {
        try {
            return Files.readString(root.resolve(path), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Files whose path matches `glob`.
    Stream<Path> files(String glob) {
        var matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
        return entries.stream().filter(matcher::matches).filter(path -> Files.isRegularFile(root.resolve(path)));
    }

    /// What `pattern` finds, its first group, in all files that match `glob`.
    Set<String> findings(String glob, Pattern pattern) {
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
