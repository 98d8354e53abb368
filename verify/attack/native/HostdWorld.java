import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Looks at everything that a process has a path for, and tries it: what opens for reading, what for writing, and which
/// sockets let it connect. One row for each mount, and one for each file of `/proc` that opens for writing.
///
/// Processes in `/proc` are left out, for they come and go.
final class HostdWorld {
    private static final int MOUNT_POINT = 4; // in a line of mountinfo

    /// Things that a path lets one do.
    enum Right {
        READ,
        WRITE,
        CONNECT
    }

    /// Tries a path, and leaves nothing open.
    interface Attempt {
        boolean works(Right right, String path);
    }

    private final Attempt attempt;
    private final List<String> mounts;
    private final Map<String, EnumSet<Right>> rights = new TreeMap<>();

    private HostdWorld(Attempt attempt) throws IOException {
        this.attempt = attempt;
        try (var lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
            this.mounts = lines.map(line -> line.split(" ", -1)[MOUNT_POINT])
                    .distinct()
                    .sorted(Comparator.comparing(String::length).reversed())
                    .toList();
        }
        mounts.forEach(mount -> rights.put(mount, EnumSet.noneOf(Right.class)));
    }

    /// Returns a row of a table for each mount, in their order.
    static List<String> rows(Attempt attempt) throws IOException {
        var world = new HostdWorld(attempt);
        world.walk(new File("/"));
        return world.rights.entrySet().stream()
                .map(row -> "| `" + row.getKey() + "` | " + words(row.getValue()) + " |")
                .toList();
    }

    private static String words(EnumSet<Right> rights) {
        var all = rights.toString().toLowerCase();
        return rights.isEmpty() ? "nothing" : all.substring(1, all.length() - 1);
    }

    private void walk(File place) {
        var path = place.getPath();
        var mount = mounts.stream()
                .filter(each -> path.equals(each) || path.startsWith(each.equals("/") ? each : each + "/"))
                .findFirst()
                .orElseThrow();
        var found = rights.get(mount);
        for (var right : EnumSet.complementOf(found)) {
            if (!attempt.works(right, path)) {
                continue;
            }
            if (right == Right.WRITE && mount.equals("/proc")) {
                rights.put(path, EnumSet.of(right)); // of the kernel's own files each counts
            } else {
                found.add(right);
            }
        }
        var below = Files.isSymbolicLink(place.toPath()) ? null : place.listFiles();
        for (var each : below == null ? new File[0] : below) {
            if (!each.getPath().matches("/proc/([0-9]+|self|thread-self)")) {
                walk(each);
            }
        }
    }
}
