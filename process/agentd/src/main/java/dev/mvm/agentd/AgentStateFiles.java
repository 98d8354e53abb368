package dev.mvm.agentd;

import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Small files in a directory of the agent that survive a crash: each is written under another name, synced,
/// renamed, and the directory synced.
final class AgentStateFiles implements StateFiles {
    private static final String UNFINISHED = ".new";
    private static final int MAX_BYTES = 2 << 20;

    private final Path directory;

    private AgentStateFiles(Path directory) {
        this.directory = directory;
    }

    /// Opens `directory`, and creates it with mode 0700 if it is missing. Unfinished writes of a former process are
    /// removed.
    static AgentStateFiles open(Path directory) throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        var above = directory.toAbsolutePath().getParent();
        if (above != null) {
            sync(above); // what is synced in it would go with its name
        }
        try (var entries = Files.newDirectoryStream(directory, "*" + UNFINISHED)) {
            for (var entry : entries) {
                Files.delete(entry);
            }
        }
        return new AgentStateFiles(directory);
    }

    @Override
    public Map<String, byte[]> all() throws IOException {
        var out = new TreeMap<String, byte[]>();
        try (var entries = Files.newDirectoryStream(directory)) {
            for (var entry : entries) {
                if (Files.isRegularFile(entry)) {
                    if (Files.size(entry) > MAX_BYTES) {
                        throw new IOException(entry + " is damaged: it has more than " + MAX_BYTES + " bytes");
                    }
                    out.put(entry.getFileName().toString(), Files.readAllBytes(entry));
                }
            }
        }
        return out;
    }

    @Override
    public void put(String name, byte[] content) throws IOException {
        var unfinished = directory.resolve(name + UNFINISHED);
        var open = Set.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (var channel = FileChannel.open(unfinished, open, mode)) {
            var bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(unfinished, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        sync(directory);
    }

    @Override
    public void remove(String name) throws IOException {
        Files.deleteIfExists(directory.resolve(name));
        sync(directory);
    }

    private static void sync(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
