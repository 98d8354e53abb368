package dev.mvm.agentd.memory;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Memory that the node's microVMs use, and how short of it they are, as the kernel counts both for the cgroup
/// `mvm.slice`; cgroup v2, `memory.current` and `memory.pressure`. Read anew at each call. What is not there, or has
/// another form than the kernel's, is absent. Thread-safe.
///
/// @param slice directory of that cgroup; without it, as in dev mode, everything is absent
public record MemoryUse(Path slice) {
    /// The slice as the agent's unit shows it.
    public static final Path SHOWN = Path.of("/run/mvm-slice");

    /// The pressure of a slice in which some task always waits.
    public static final int WHOLE = 100_00;

    private static final int MOST = 512; // bytes of a file
    private static final Pattern BYTES = Pattern.compile("(\\d{1,18})\n");
    private static final Pattern SOME = Pattern.compile("some avg10=(\\d{1,3})\\.(\\d\\d) .*\n(full .*\n)?");

    /// Returns the memory of all microVMs together in bytes, VMMs included, and not that of the readers of guests;
    /// empty
    /// if that of no microVM is known.
    public OptionalLong bytes() {
        long sum = 0;
        boolean any = false;
        try (var launched = Files.newDirectoryStream(slice, "mvm-launch@*.service")) {
            for (var unit : launched) {
                var found = find(unit.resolve("vm/memory.current"), BYTES);
                if (found.isPresent()) {
                    sum = Math.addExact(sum, Long.parseLong(found.get().group(1)));
                    any = true;
                }
            }
        } catch (IOException | DirectoryIteratorException | ArithmeticException e) {
            return OptionalLong.empty();
        }
        return any ? OptionalLong.of(sum) : OptionalLong.empty();
    }

    /// Returns the share of the last ten seconds in which some task of the slice waited for memory, in hundredths of a
    /// per cent: 0 to [#WHOLE].
    public OptionalInt pressure() {
        return find(slice.resolve("memory.pressure"), SOME).stream()
                .mapToInt(text -> Integer.parseInt(text.group(1) + text.group(2)))
                .filter(share -> share <= WHOLE)
                .findFirst();
    }

    private static Optional<Matcher> find(Path file, Pattern form) {
        try (var in = Files.newInputStream(file)) {
            var text = new String(in.readNBytes(MOST + 1), ISO_8859_1);
            return Optional.of(form.matcher(text)).filter(found -> text.length() <= MOST && found.matches());
        } catch (IOException e) {
            return Optional.empty(); // the microVM has just ended, or the kernel does not count
        }
    }
}
