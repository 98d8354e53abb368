package dev.mvm.netd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.model.Slot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;

/// Counts of `/proc/net/dev`, proc_pid_net(5).
final class Traffic {
    private static final int HEADINGS = 2;
    private static final int SENT = 9;

    private Traffic() {}

    /// Returns the bytes that the tap of each of these slots has carried, both ways. A slot without a tap is missing.
    static Map<Slot, Long> of(Collection<Slot> slots) throws IOException {
        var taps = slots.stream().collect(Collectors.toMap(Slot::tap, slot -> slot));
        return Files.readAllLines(Path.of("/proc/self/net/dev"), ISO_8859_1).stream()
                .skip(HEADINGS)
                .map(line -> line.strip().split("[: ]+", -1)) // the name, eight numbers of what came, then what went
                .filter(fields -> taps.containsKey(fields[0]))
                .collect(Collectors.toMap(f -> taps.get(f[0]), f -> Long.parseLong(f[1]) + Long.parseLong(f[SENT])));
    }
}
