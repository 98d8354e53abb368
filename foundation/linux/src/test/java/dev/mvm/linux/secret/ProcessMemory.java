package dev.mvm.linux.secret;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The memory of a process as its owner can read it: heap, stacks and libraries' own memory, and no files that are
/// mapped to be read; proc_pid_mem(5). Memory of memfd_secret(2) is not in it: the kernel gives that to nobody.
public final class ProcessMemory {
    private static final int PAGE = 4096;
    private static final int WINDOW = 256 * PAGE;

    private ProcessMemory() {}

    /// Looks for byte strings in a process that does not run on meanwhile.
    ///
    /// @param canaries by name, each of at least 16 bytes
    /// @return for each canary that was found, the mapping that it was found in first, as proc_pid_maps(5) names it
    public static Map<String, String> find(long pid, Map<String, byte[]> canaries) throws IOException {
        int longest =
                canaries.values().stream().mapToInt(bytes -> bytes.length).max().orElse(0);
        var found = new LinkedHashMap<String, String>();
        try (var memory = new RandomAccessFile("/proc/" + pid + "/mem", "r")) {
            for (var line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "maps"))) {
                var words = line.split(" +", 6);
                boolean file = !words[1].startsWith("rw") && words.length == 6 && words[5].startsWith("/");
                if (words[1].startsWith("r") && !file && !line.endsWith("[vvar]") && !line.endsWith("[vsyscall]")) {
                    var range = List.of(words[0].split("-", -1));
                    long end = Long.parseUnsignedLong(range.getLast(), 16);
                    for (long at = Long.parseUnsignedLong(range.getFirst(), 16); at < end; at += WINDOW) {
                        var window = read(memory, at, (int) Math.min(end - at, WINDOW + (long) longest));
                        canaries.forEach((name, bytes) -> {
                            if (contains(window, bytes)) {
                                found.putIfAbsent(name, line);
                            }
                        });
                    }
                }
            }
        }
        return found;
    }

    /// Returns `size` bytes, with zeros for each page that cannot be read, since it is secret or was never used.
    private static byte[] read(RandomAccessFile memory, long at, int size) {
        var window = new byte[size];
        for (int done = 0; done < size; done += PAGE) {
            try {
                memory.seek(at + (long) done);
                memory.readFully(window, done, Math.min(PAGE, size - done));
            } catch (IOException _) { // stays zeros; the pages after it count all the same
            }
        }
        return window;
    }

    private static boolean contains(byte[] all, byte[] part) {
        for (int i = 0; i + part.length <= all.length; i++) {
            if (all[i] == part[0] && Arrays.equals(all, i, i + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }
}
