package dev.mvm.agentd.reconcile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Whether root wants every guest of this machine to end, as before it stops: a file beside hostd's socket says so for
/// as
/// long as it is there. The directory is root's; see docs/operations/units.md.
public final class GuestsDown implements BooleanSupplier {
    private static final String FILE = "guests-down";

    private final Path directory;

    /// @param hostdSocket where hostd listens
    public GuestsDown(Path hostdSocket) {
        this.directory = hostdSocket.toAbsolutePath().normalize().resolveSibling("");
    }

    @Override
    public boolean getAsBoolean() {
        return Files.exists(directory.resolve(FILE));
    }

    /// Calls `changed` when the file may have come or gone, until the thread is interrupted. Without this it is noticed
    /// all the same, but later.
    public void watch(Runnable changed, Consumer<String> log) {
        try (var service = directory.getFileSystem().newWatchService()) {
            directory.register(service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
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
