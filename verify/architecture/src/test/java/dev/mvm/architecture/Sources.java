package dev.mvm.architecture;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// The files of the repository that people write, by the ending of their names.
final class Sources {
    static final Path ROOT = Path.of("../..");
    private static final Set<String> SKIPPED = Set.of("target", ".git", ".dev", "node_modules");

    private Sources() {}

    /// Returns the files below `folder` whose names end in one of `endings`, without build output.
    static List<Path> below(Path folder, String... endings) throws IOException {
        var found = new ArrayList<Path>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return SKIPPED.contains(directory.getFileName().toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                for (var ending : endings) {
                    if (attributes.isRegularFile() && file.toString().endsWith(ending)) {
                        found.add(file);
                    }
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return found.stream().sorted().toList();
    }

    /// Returns the files below `folder` without an ending that begin with `#!`, without build output.
    static List<Path> scripts(Path folder) throws IOException {
        var found = new ArrayList<Path>();
        for (var file : below(folder, "")) {
            if (!file.getFileName().toString().contains(".")) {
                try (var in = Files.newInputStream(file)) {
                    if (Arrays.equals(in.readNBytes(2), new byte[] {'#', '!'})) {
                        found.add(file);
                    }
                }
            }
        }
        return found;
    }

    /// Returns the Java sources of what is shipped.
    static List<Path> shipped() throws IOException {
        return productionCode("foundation", "protocol", "process");
    }

    /// Returns the Java sources of what is shipped, and of what checks it or makes it, without tests.
    static List<Path> withoutTests() throws IOException {
        return productionCode("foundation", "protocol", "process", "verify", "tools");
    }

    private static List<Path> productionCode(String... folders) throws IOException {
        var found = new ArrayList<Path>();
        for (var folder : folders) {
            below(ROOT.resolve(folder), ".java").stream()
                    .filter(file -> file.toString().contains("/src/main/java/"))
                    .forEach(found::add);
        }
        return found;
    }
}
