package dev.mvm.linux.fd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// The open descriptors of this JVM, to see that none was left. Those of files on disk are left out: the JVM itself
/// opens class files when it likes.
public final class OpenDescriptors {
    private OpenDescriptors() {}

    public static Map<String, String> now() throws IOException {
        var out = new TreeMap<String, String>();
        try (var entries = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (var entry : entries) {
                try {
                    var target = Files.readSymbolicLink(entry).toString();
                    if (!target.endsWith(".jar") && !target.endsWith("/modules") && !target.endsWith("/fd")) {
                        out.put(entry.getFileName().toString(), target);
                    }
                } catch (NoSuchFileException _) {
                    // closed meanwhile
                }
            }
        }
        return out;
    }
}
