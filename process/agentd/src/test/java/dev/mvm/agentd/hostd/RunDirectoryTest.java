package dev.mvm.agentd.hostd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files that come and go beside hostd's socket.
final class RunDirectoryTest {
    @TempDir
    private Path directory;

    private final List<String> log = new ArrayList<>();

    @Test
    void guestsDown_isWhatIsAsked_andTold() throws Exception {
        var run = new RunDirectory(directory.resolve("hostd.sock"));
        var told = new Semaphore(0);
        var thread = Thread.ofVirtual().start(() -> run.watch(told::release, log::add));
        assertThat(run.guestsDown()).isFalse();
        var file = directory.resolve("guests-down");
        while (!told.tryAcquire()) { // until it watches
            Files.deleteIfExists(file);
            Files.createFile(file);
        }
        assertThat(run.guestsDown()).isTrue();
        told.drainPermits();
        Files.delete(file);
        told.acquire();
        assertThat(run.guestsDown()).isFalse();
        thread.interrupt();
        thread.join();
        assertThat(log).isEmpty();
    }

    @Test
    @Tag("claim-P6")
    void refusedStart_isALineForEachThing_andToldWhenItIsWritten() throws Exception {
        var run = new RunDirectory(directory.resolve("hostd.sock"));
        var file = Files.createFile(directory.resolve("hostd.out-of-service"));
        assertThat(run.outOfService()).isEmpty();
        var told = new Semaphore(0);
        var thread = Thread.ofVirtual().start(() -> run.watch(told::release, log::add));
        while (!told.tryAcquire()) { // until it watches
            Files.writeString(file, "jailer: it is not there; do this\n\nroom: 3 MiB are free; do that\n");
        }
        assertThat(run.outOfService())
                .containsExactly("jailer: it is not there; do this", "room: 3 MiB are free; do that");
        Files.writeString(file, "");
        assertThat(run.outOfService()).isEmpty();
        thread.interrupt();
        thread.join();
    }

    @Test
    void moreThanHostdEverSays_isCut() throws Exception {
        var run = new RunDirectory(directory.resolve("hostd.sock"));
        var file = directory.resolve("hostd.out-of-service");
        Files.writeString(file, "line\n".repeat(1_000));
        assertThat(run.outOfService()).hasSize(64);
        Files.writeString(file, "x".repeat(1_000_000));
        assertThat(run.outOfService()).singleElement().asString().hasSize(1 << 15);
    }

    @Test
    void directoryThatIsNotThere_isSaid_andNothingIsDown() {
        var run = new RunDirectory(directory.resolve("none/hostd.sock"));
        run.watch(() -> {}, log::add);
        assertThat(log).hasSize(1).first().asString().contains("cannot be watched");
        assertThat(run.guestsDown()).isFalse();
        assertThat(run.outOfService()).isEmpty();
    }
}
