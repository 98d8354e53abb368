package dev.mvm.property;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/// Files that a piece of code has synced, as the JVM saw it: its flight recorder notes each `FileChannel.force`.
public final class Synced {
    private static final String EVENT = "jdk.FileForce";

    private Synced() {}

    /// Writes files.
    @FunctionalInterface
    public interface Writing {
        void run() throws Exception;
    }

    /// Returns the files and directories below `folder` that were synced, `folder` included, in that order.
    public static List<Path> by(Path folder, Writing writing) throws Exception {
        try (var recording = new Recording()) {
            recording.enable(EVENT).withThreshold(Duration.ZERO).withoutStackTrace();
            recording.start();
            writing.run();
            recording.stop();
            return events(recording).stream()
                    .filter(event -> event.getEventType().getName().equals(EVENT))
                    .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                    .map(event -> Path.of(event.getString("path")))
                    .filter(path -> path.startsWith(folder))
                    .toList();
        }
    }

    private static List<RecordedEvent> events(Recording recording) throws IOException {
        var file = Files.createTempFile("synced", ".jfr");
        try {
            recording.dump(file);
            return RecordingFile.readAllEvents(file);
        } finally {
            Files.delete(file);
        }
    }
}
