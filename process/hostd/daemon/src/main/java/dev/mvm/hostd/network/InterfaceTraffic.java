package dev.mvm.hostd.network;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/// The kernel's counters of bytes for each interface, `/proc/net/dev`, proc_pid_net(5).
final class InterfaceTraffic {
    private static final int HEADINGS = 2;
    private static final int RECEIVED = 1;
    private static final int SENT = 9; // after eight numbers about what was received

    private InterfaceTraffic() {}

    /// Returns the sum of bytes received and sent, by the interface's name.
    static Map<String, Long> read() {
        try {
            return Files.readAllLines(Path.of("/proc/self/net/dev"), ISO_8859_1).stream()
                    .skip(HEADINGS)
                    .map(line -> line.strip().split("[: ]+", -1))
                    .collect(Collectors.toMap(f -> f[0], f -> Long.parseLong(f[RECEIVED]) + Long.parseLong(f[SENT])));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // without /proc there would be no hostd
        }
    }
}
