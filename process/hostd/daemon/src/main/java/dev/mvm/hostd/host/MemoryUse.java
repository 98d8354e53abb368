package dev.mvm.hostd.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.protocol.hostd.Observation;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Use of memory by microVMs, as the kernel counts it for their cgroups. What is not there, or has another form than
/// the kernel's, is absent. Thread-safe.
public final class MemoryUse {
    private static final String SLICE = "mvm.slice/";
    private static final int MOST = 512;
    private static final Pattern BYTES = Pattern.compile("(\\d{1,18})\n");
    private static final Pattern SOME = Pattern.compile("some avg10=(\\d{1,3})\\.(\\d\\d) .*\n(full .*\n)?");

    private final Optional<Directory> slice;

    /// @param slice directory of `mvm.slice`; without it everything is absent
    @SuppressWarnings("MustBeClosedChecker") // it is open as long as the process is there
    public MemoryUse(Path slice) {
        Optional<Directory> open;
        try {
            open = Optional.of(Directory.open(slice));
        } catch (ErrnoException e) {
            open = Optional.empty(); // dev mode has no slice
        }
        this.slice = open;
    }

    /// Returns the memory of a microVM in bytes.
    ///
    /// @param cgroup relative to the cgroup mount, as its record has it
    OptionalLong bytes(String cgroup) {
        var found = cgroup.startsWith(SLICE)
                ? find(cgroup.substring(SLICE.length()) + "/memory.current", BYTES)
                : Optional.<Matcher>empty();
        return found.stream().mapToLong(text -> Long.parseLong(text.group(1))).findFirst();
    }

    /// Returns the share of the last ten seconds in which some task of the slice waited for memory, in hundredths of a
    /// per cent.
    OptionalInt pressure() {
        return find("memory.pressure", SOME).stream()
                .mapToInt(text -> Integer.parseInt(text.group(1) + text.group(2)))
                .filter(share -> share <= Observation.WHOLE)
                .findFirst();
    }

    private Optional<Matcher> find(String path, Pattern form) {
        try {
            if (slice.isPresent()) {
                var text = new String(slice.get().read(path, MOST), ISO_8859_1);
                return Optional.of(form.matcher(text)).filter(Matcher::matches);
            }
        } catch (ErrnoException e) {
            // absent: the microVM has just ended, or the kernel does not count
        }
        return Optional.empty();
    }
}
