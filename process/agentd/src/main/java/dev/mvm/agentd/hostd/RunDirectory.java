package dev.mvm.agentd.hostd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.util.List;
import java.util.function.Consumer;

/// The directory of hostd's socket, which belongs to root, and root's files in it. While `guests-down` exists,
/// every guest of this machine has to end, as before a shutdown. `hostd.out-of-service` has the reasons for which
/// hostd refused to start. See docs/operations/units.md.
public final class RunDirectory {
    private static final int MOST_BYTES = 1 << 15;
    private static final int MOST_LINES = 64;

    private final Path directory;

    /// @param hostdSocket path of hostd's socket
    public RunDirectory(Path hostdSocket) {
        this.directory = hostdSocket.toAbsolutePath().normalize().resolveSibling("");
    }

    public boolean guestsDown() {
        return Files.exists(directory.resolve("guests-down"));
    }

    /// The reasons for which hostd refused to start, a line each: subject, finding, remedy. Empty if hostd did not
    /// refuse, or could not write the file.
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

    /// Calls `changed` when a file may have been created, removed or changed, until the thread is interrupted. If
    /// the directory cannot be watched, this returns, and changes are noticed later, by the periodic rounds.
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
