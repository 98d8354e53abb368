package dev.mvm.agentd.hostd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.util.List;
import java.util.function.Consumer;

/// The directory of hostd's socket, which is root's, and what root says there besides. `guests-down`: every guest of
/// this machine is to end, as before it stops, for as long as that file is there. `hostd.out-of-service`: why hostd
/// has refused to start. See docs/operations/units.md.
public final class RunDirectory {
    private static final int MOST_BYTES = 1 << 15;
    private static final int MOST_LINES = 64;

    private final Path directory;

    /// @param hostdSocket where hostd listens
    public RunDirectory(Path hostdSocket) {
        this.directory = hostdSocket.toAbsolutePath().normalize().resolveSibling("");
    }

    public boolean guestsDown() {
        return Files.exists(directory.resolve("guests-down"));
    }

    /// What hostd has said when it refused to start, a line for each thing: what, how it is, what to do. Empty if it
    /// has not refused, or has not been able to say so.
    public List<String> outOfService() {
        try (var in = Files.newInputStream(directory.resolve("hostd.out-of-service"))) {
            return new String(in.readNBytes(MOST_BYTES), ISO_8859_1)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .limit(MOST_LINES)
                    .toList();
        } catch (IOException e) {
            return List.of(); // dev mode has no such file
        }
    }

    /// Calls `changed` when one of the files may have come, gone or changed, until the thread is interrupted. Without
    /// this it is noticed all the same, but later.
    public void watch(Runnable changed, Consumer<String> log) {
        try (var service = directory.getFileSystem().newWatchService()) {
            directory.register(
                    service,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_DELETE,
                    StandardWatchEventKinds.ENTRY_MODIFY);
            boolean valid = true;
            while (valid) {
                var key = service.take();
                key.pollEvents();
                changed.run();
                valid = key.reset();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            log.accept(directory + " cannot be watched: " + e.getMessage());
        }
    }
}
