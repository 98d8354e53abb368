package dev.mvm.agentd.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A file that comes and goes.
final class GuestsDownTest {
    @TempDir
    private Path directory;

    private final List<String> log = new ArrayList<>();

    @Test
    void fileBesideTheSocket_isWhatIsAsked_andTold() throws Exception {
        var down = new GuestsDown(directory.resolve("hostd.sock"));
        var told = new Semaphore(0);
        var thread = Thread.ofVirtual().start(() -> down.watch(told::release, log::add));
        assertThat(down.getAsBoolean()).isFalse();
        var file = directory.resolve("guests-down");
        while (!told.tryAcquire()) { // until it watches
            Files.deleteIfExists(file);
            Files.createFile(file);
        }
        assertThat(down.getAsBoolean()).isTrue();
        told.drainPermits();
        Files.delete(file);
        told.acquire();
        assertThat(down.getAsBoolean()).isFalse();
        thread.interrupt();
        thread.join();
        assertThat(log).isEmpty();
    }

    @Test
    void directoryThatIsNotThere_isSaid_andNothingIsDown() {
        var down = new GuestsDown(directory.resolve("none/hostd.sock"));
        down.watch(() -> {}, log::add);
        assertThat(log).hasSize(1).first().asString().contains("cannot be watched");
        assertThat(down.getAsBoolean()).isFalse();
    }
}
