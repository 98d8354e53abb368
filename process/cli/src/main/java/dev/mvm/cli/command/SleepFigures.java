package dev.mvm.cli.command;

import dev.mvm.json.Json;
import java.util.Locale;
import java.util.Optional;

/// How an instance slept last, as the coordinator has it, for people.
record SleepFigures(long memoryBytes, long sealedBytes, long sealMillis, long openMillis) {
    /// Empty for an instance that has never slept.
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

    /// What part of the memory the snapshot takes.
    String ratio() {
        return memoryBytes == 0 ? "" : String.format(Locale.ROOT, "%.1f %%", 100.0 * sealedBytes / memoryBytes);
    }

    String sealing() {
        return seconds(sealMillis);
    }

    /// Nothing if it was never woken.
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
