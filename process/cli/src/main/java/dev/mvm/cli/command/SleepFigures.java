package dev.mvm.cli.command;

import dev.mvm.json.Json;
import java.util.Locale;
import java.util.Optional;

/// Figures of an instance's last sleep, formatted for people. Sizes are in bytes, times in milliseconds.
record SleepFigures(long memoryBytes, long sealedBytes, long sealMillis, long openMillis) {
    /// Reads the figures; empty for an instance that has never slept.
    static Optional<SleepFigures> of(Json.Obj instance) {
        var sleep = ResponseFields.object(instance, "sleep");
        if (sleep.members().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new SleepFigures(
                ResponseFields.number(sleep, "memory_bytes"),
                ResponseFields.number(sleep, "sealed_bytes"),
                ResponseFields.number(sleep, "seal_millis"),
                ResponseFields.number(sleep, "open_millis")));
    }

    String memory() {
        return mebibytes(memoryBytes);
    }

    String onDisk() {
        return mebibytes(sealedBytes);
    }

    /// Returns the snapshot's size in percent of the memory.
    String ratio() {
        return memoryBytes == 0 ? "" : String.format(Locale.ROOT, "%.1f %%", 100.0 * sealedBytes / memoryBytes);
    }

    String sealing() {
        return seconds(sealMillis);
    }

    /// Returns the time that the last wake took; empty text if the instance was never woken.
    String waking() {
        return openMillis == 0 ? "" : seconds(openMillis);
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
    }

    private static String seconds(long millis) {
        return String.format(Locale.ROOT, "%d.%03d s", millis / 1000, millis % 1000);
    }
}
