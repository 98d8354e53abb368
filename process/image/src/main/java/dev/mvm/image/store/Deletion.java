package dev.mvm.image.store;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/// Deletes directories that a program in the sandbox may have filled. No link is followed, and directories that lie too
/// deep for a path, or that their owner may not enter, are deleted too.
public final class Deletion {
    private static final Set<PosixFilePermission> ALL_OF_OWNER = PosixFilePermissions.fromString("rwx------");

    private final Path root;

    private Deletion(Path root) {
        this.root = root;
    }

    /// Deletes a file, or a directory with all that is in it; nothing needs to be there.
    public static void of(Path path) throws IOException {
        if (Files.isDirectory(path, NOFOLLOW_LINKS)) {
            var deletion = new Deletion(path);
            while (deletion.hasDeletedSome()) {
                // directories that were moved up are next
            }
        }
        Files.deleteIfExists(path);
    }

    /// Deletes files of the root and its directories. What lies deeper is moved into the root first, so that depth does
    /// not matter.
    private boolean hasDeletedSome() throws IOException {
        boolean some = false;
        Files.setPosixFilePermissions(root, ALL_OF_OWNER);
        try (var stream = Files.newDirectoryStream(root)) {
            if (!(stream instanceof SecureDirectoryStream<Path> top)) {
                throw new IOException("this system opens no directories relative to others");
            }
            for (var entry : top) {
                var name = entry.getFileName();
                some = true;
                if (isDirectory(top, name, root)) {
                    empty(top, name);
                    top.deleteDirectory(name);
                } else {
                    top.deleteFile(name);
                }
            }
        }
        return some;
    }

    private void empty(SecureDirectoryStream<Path> top, Path directory) throws IOException {
        try (var stream = top.newDirectoryStream(directory, NOFOLLOW_LINKS)) {
            for (var entry : stream) {
                var name = entry.getFileName();
                if (isDirectory(stream, name, root.resolve(directory))) {
                    stream.move(name, top, Path.of(UUID.randomUUID().toString()));
                } else {
                    stream.deleteFile(name);
                }
            }
        }
    }

    /// Returns whether it is a directory, and lets its owner into one that it is.
    private static boolean isDirectory(SecureDirectoryStream<Path> stream, Path name, Path parent) throws IOException {
        var attributes = stream.getFileAttributeView(name, PosixFileAttributeView.class, NOFOLLOW_LINKS)
                .readAttributes();
        if (attributes.isDirectory() && !attributes.permissions().containsAll(ALL_OF_OWNER)) {
            Files.setPosixFilePermissions(parent.resolve(name), ALL_OF_OWNER);
        }
        return attributes.isDirectory();
    }
}
