package dev.mvm.image.layer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.image.ImageException;
import dev.mvm.image.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Numeric owners of all files of a folder. The sandbox's namespace of users has one user alone, and shows the files of
/// all others as those of 65534; so owners are read outside, and nothing else of the files is.
public final class Owners {
    /// Root, who has all files unless owners are kept.
    static final Owner ROOT = new Owner(0, 0);

    private final Map<String, Owner> found = new HashMap<>();
    private final Map<Owner, Owner> each = new HashMap<>();

    private Owners() {}

    /// A file's user and group.
    record Owner(long uid, long gid) {}

    /// Reads the owners of a folder and of all below it. Symbolic links are not followed.
    ///
    /// @throws ImageException `too_many_entries`, `read_failed`
    public static Owners of(Path folder, Limits limits) throws ImageException {
        var owners = new Owners();
        var budget = new Budget(limits);
        try {
            owners.readBelow(folder.toRealPath(), budget);
        } catch (IOException | UncheckedIOException e) {
            throw new ImageException("read_failed", "the owners of files cannot be read: " + e.getMessage());
        }
        return owners;
    }

    private void readBelow(Path file, Budget budget) throws ImageException, IOException {
        var stat = Stat.of(file);
        put(stat.file(), new Owner(stat.uid(), stat.gid()));
        if (stat.kind() != Stat.FOLDER) {
            return;
        }
        List<Path> children;
        try (var stream = Files.list(file)) {
            children = stream.toList();
        }
        for (var child : children) {
            budget.entry();
            readBelow(child, budget);
        }
    }

    private void put(String file, Owner owner) {
        found.put(file, each.computeIfAbsent(owner, same -> same));
    }

    /// The owner of a file; empty for a file that was not there when owners were read.
    Optional<Owner> find(Stat stat) {
        return Optional.ofNullable(found.get(stat.file()));
    }

    /// Writes a line for each file: device, number, user, group.
    public void write(Path file) throws IOException {
        try (var out = Files.newBufferedWriter(file, US_ASCII, StandardOpenOption.CREATE_NEW)) {
            for (var entry : found.entrySet()) {
                var owner = entry.getValue();
                out.write(entry.getKey() + " " + owner.uid() + " " + owner.gid() + "\n");
            }
        }
    }

    /// Reads what [#write] writes.
    public static Owners read(Path file) throws IOException {
        var owners = new Owners();
        try (var in = Files.newBufferedReader(file, US_ASCII)) {
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                var parts = line.split(" ", -1);
                owners.put(parts[0], new Owner(Long.parseLong(parts[1]), Long.parseLong(parts[2])));
            }
        }
        return owners;
    }
}
