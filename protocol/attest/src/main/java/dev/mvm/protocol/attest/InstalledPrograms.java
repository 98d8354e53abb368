package dev.mvm.protocol.attest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.model.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// An inventory of what is installed in a folder, such as `/usr/lib/mvm`: an item for each program or folder of jars in
/// it.
public final class InstalledPrograms {
    private InstalledPrograms() {}

    /// Reads all files. The digest of a file is that of its content; the digest of a folder is that of a list, sorted
    /// by path, with
    /// `sha256:DIGEST PATH` and a line feed for each regular file below it. Links are passed over.
    ///
    /// @param version of the package that they are from
    /// @throws IOException also if there are more than the 256 items that evidence has room for
    public static List<Evidence.Software.Item> in(Path folder, String version) throws IOException {
        var items = new ArrayList<Evidence.Software.Item>();
        for (var entry : sorted(folder)) {
            if (Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                items.add(item(entry, version, Digest.of(Files.readAllBytes(entry))));
            } else if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                items.add(item(entry, version, Digest.of(listed(entry).getBytes(UTF_8))));
            }
        }
        if (items.size() > Evidence.Software.MOST_PACKAGES) {
            throw new IOException(folder + " has more than " + Evidence.Software.MOST_PACKAGES + " programs");
        }
        return items;
    }

    private static Evidence.Software.Item item(Path entry, String version, Digest digest) throws IOException {
        try {
            return new Evidence.Software.Item(entry.getFileName().toString(), version, digest);
        } catch (IllegalArgumentException e) {
            throw new IOException("a name in " + entry.getParent() + " that no package of ours has", e);
        }
    }

    private static String listed(Path folder) throws IOException {
        var lines = new StringBuilder();
        try (var below = Files.walk(folder)) {
            for (var file : below.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
                    .sorted()
                    .toList()) {
                var digest = Digest.of(Files.readAllBytes(file));
                lines.append(digest).append(' ').append(folder.relativize(file)).append('\n');
            }
        }
        return lines.toString();
    }

    private static List<Path> sorted(Path folder) throws IOException {
        try (var entries = Files.list(folder)) {
            return entries.sorted().toList();
        }
    }
}
