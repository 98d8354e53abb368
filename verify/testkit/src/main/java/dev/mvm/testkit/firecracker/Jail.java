package dev.mvm.testkit.firecracker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/// The file system that a VMM sees.
///
/// @param root what it takes for `/`
/// @param room directories that hold only so many bytes a file, by their path inside
public record Jail(Path root, Map<String, Long> room) {
    public Jail {
        room = Map.copyOf(room);
    }

    /// A jail with room everywhere.
    public Jail(Path root) {
        this(root, Map.of());
    }

    /// The file behind a path inside.
    public Path outside(String inside) {
        return root.resolve(inside.replaceFirst("^/+", "")).normalize();
    }

    /// Returns whether a file of `bytes` bytes fits into the file system of `inside`.
    boolean hasRoom(String inside, long bytes) {
        return room.entrySet().stream()
                .noneMatch(limit -> inside.startsWith(limit.getKey() + "/") && bytes > limit.getValue());
    }

    /// Opens a file for reading and closes it again, as Firecracker does to see that it is there.
    void checkFile(String inside) throws IOException {
        var file = outside(inside);
        if (!Files.exists(file)) {
            throw new NoSuchFileException(inside);
        }
    }
}
