package dev.mvm.linux.fd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.FileStatus.Device;
import dev.mvm.linux.fd.FileStatus.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("MustBeClosedChecker") // closes wrongly on purpose, and counts what is left open
final class FdTest {
    @TempDir
    private Path folder;

    @Test
    void closedTwice_closesNoOthersFile() throws Exception {
        var first = Fd.open(Path.of("/dev/null"));
        int number = first.number();
        first.close();
        try (var second = Fd.open(Path.of("/dev/zero"))) {
            assertThat(second.number()).isEqualTo(number); // the kernel gives the lowest free number
            first.close();
            assertThat(second.status().special()).isEqualTo(new Device(1, 5));
        }
    }

    @Test
    void closedByManyThreads_closesOnce() throws Exception {
        for (int round = 0; round < 200; round++) {
            var fd = Fd.open(Path.of("/dev/null"));
            var start = new CountDownLatch(1);
            var wrong = new AtomicInteger();
            try (var threads = Executors.newFixedThreadPool(4)) {
                for (int i = 0; i < 4; i++) {
                    threads.execute(() -> {
                        try {
                            start.await();
                            fd.close(); // a second close(2) would be EBADF, which is reported
                        } catch (IllegalStateException | InterruptedException _) {
                            wrong.incrementAndGet();
                        }
                    });
                }
                start.countDown();
            }
            assertThat(wrong).hasValue(0);
        }
    }

    @Test
    void closedBySomeoneElse_isReported() throws Exception {
        var fd = Fd.open(Path.of("/dev/null"));
        assertThat(SystemCall.CLOSE.attempt(fd.number(), 0, 0, 0, 0, 0)).isZero();
        assertThatThrownBy(fd::close).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closed_cannotBeUsed() throws Exception {
        var fd = Fd.open(Path.of("/dev/null"));
        fd.close();
        assertThat(fd.isOpen()).isFalse();
        assertThat(fd).hasToString("fd closed");
        assertThatThrownBy(fd::number).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(fd::status).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(fd::move).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(fd::duplicate).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void moved_belongsToTheNewOwnerOnly() throws Exception {
        Fd kept;
        try (var fd = Fd.open(Path.of("/dev/null"))) {
            kept = fd.move();
            assertThat(fd.isOpen()).isFalse();
        }
        assertThat(kept.status().kind()).isEqualTo(Kind.CHARACTER_DEVICE);
        kept.close();
    }

    @Test
    void duplicate_isTheSameFileAndClosesAlone() throws Exception {
        try (var fd = Fd.open(Path.of("/dev/zero"))) {
            try (var copy = fd.duplicate()) {
                assertThat(copy.number()).isNotEqualTo(fd.number()).isGreaterThan(2);
                assertThat(copy.status()).isEqualTo(fd.status());
            }
            assertThat(fd.status().special()).isEqualTo(new Device(1, 5));
        }
    }

    @Test
    void everything_isCloseOnExec() throws Exception {
        try (var fd = Fd.open(Path.of("/dev/null"));
                var copy = fd.duplicate();
                var wakeUp = new WakeUp();
                var directory = Directory.open(folder);
                var created = directory.createBeneath("a", 0600)) {
            for (var each : new Fd[] {fd, copy, wakeUp.fd(), directory.fd(), created}) {
                assertThat(Files.readString(Path.of("/proc/self/fdinfo/" + each.number())))
                        .containsPattern("flags:\\s+0?\\d*2\\d{6}\\b"); // O_CLOEXEC, octal 2000000
            }
        }
    }

    @Test
    void kinds_areTold() throws Exception {
        Files.writeString(folder.resolve("file"), "12345");
        try (var device = Fd.open(Path.of("/dev/null"));
                var file = Fd.open(folder.resolve("file"));
                var directory = Fd.open(folder);
                var event = new WakeUp()) {
            assertThat(device.status().kind()).isEqualTo(Kind.CHARACTER_DEVICE);
            assertThat(device.status().special()).isEqualTo(new Device(1, 3));
            assertThat(file.status().kind()).isEqualTo(Kind.REGULAR);
            assertThat(file.status().size()).isEqualTo(5);
            assertThat(file.status().uid()).isEqualTo(Files.getAttribute(folder.resolve("file"), "unix:uid"));
            assertThat(directory.status().kind()).isEqualTo(Kind.OTHER);
            assertThat(event.fd().status().kind()).isEqualTo(Kind.OTHER);
        }
    }

    @Test
    void handle_canNeitherReadNorWrite() throws Exception {
        try (var handle = Fd.open(Path.of("/dev/zero"), OpenFlag.HANDLE);
                var arena = Arena.ofConfined()) {
            var memory = arena.allocate(8);
            assertThat(handle.status().special()).isEqualTo(new Device(1, 5));
            assertThatThrownBy(() -> handle.read(memory)).hasMessage("read: EBADF");
            assertThatThrownBy(() -> handle.write(memory)).hasMessage("write: EBADF");
        }
    }

    @Test
    void bytes_goThroughAndComeBack() throws Exception {
        try (var directory = Directory.open(folder);
                var file = directory.createBeneath("file", 0600, OpenFlag.READ_WRITE);
                var again = directory.openBeneath("file");
                var arena = Arena.ofConfined()) {
            assertThat(file.write(arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1, (byte) 2, (byte) 3)))
                    .isEqualTo(3);
            file.sync();
            var memory = arena.allocate(10);
            assertThat(again.read(memory)).isEqualTo(3);
            assertThat(memory.asSlice(0, 3).toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2, 3);
            assertThat(again.read(memory)).isZero();
        }
    }

    @Test
    void memoryOfTheHeapOrClosed_isRefusedBeforeTheCall() throws Exception {
        try (var fd = Fd.open(Path.of("/dev/zero"))) {
            assertThatThrownBy(() -> fd.read(MemorySegment.ofArray(new byte[8])))
                    .isInstanceOf(IllegalArgumentException.class);
            var arena = Arena.ofConfined();
            var memory = arena.allocate(8);
            arena.close();
            assertThatThrownBy(() -> fd.read(memory)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void failure_namesCallAndError() {
        assertThatThrownBy(() -> Fd.open(Path.of("/no/such")).close())
                .isInstanceOfSatisfying(ErrnoException.class, e -> {
                    assertThat(e.errno()).isEqualTo(Errno.ENOENT);
                    assertThat(e).hasMessage("openat2: ENOENT");
                });
    }

    @Test
    void negativeNumbers_areNoDescriptors() {
        assertThatThrownBy(() -> Fd.own(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Fd.own(1L << 31)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void reserved_hasItsRoom() throws Exception {
        small();
        try (var fd = Fd.open(Files.createFile(folder.resolve("a")), OpenFlag.READ_WRITE)) {
            fd.reserve(1 << 20);
            fd.reserve(1 << 19); // no less
            assertThat(fd.status().size()).isEqualTo(1 << 20);
            try (var other = Files.newOutputStream(folder.resolve("b"))) {
                assertThatThrownBy(() -> other.write(new byte[(3 << 20) + 1])).hasMessageContaining("No space");
            }
        } finally {
            unmount();
        }
    }

    @Test
    void reservedWithoutRoom_staysAsItWas() throws Exception {
        small();
        try (var fd = Fd.open(Files.createFile(folder.resolve("a")), OpenFlag.READ_WRITE)) {
            fd.reserve(1 << 20);
            Files.write(folder.resolve("b"), new byte[1 << 20]);
            assertThatThrownBy(() -> fd.reserve(4 << 20))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
            assertThat(fd.status().size()).isEqualTo(1 << 20);
            Files.write(folder.resolve("c"), new byte[2 << 20]); // what it has not got is free
        } finally {
            unmount();
        }
    }

    /// A disk of 4 MiB.
    private void small() throws Exception {
        var mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=4m", "small", folder.toString());
        assumeTrue(mount.inheritIO().start().waitFor() == 0, "no mounts here");
    }

    private void unmount() throws Exception {
        assertThat(new ProcessBuilder("umount", folder.toString())
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void readAtAnOffset_movesNothing() throws Exception {
        try (var file = Fd.inMemory();
                var arena = Arena.ofConfined()) {
            assertThat(file.write(arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1, (byte) 2, (byte) 3)))
                    .isEqualTo(3);
            var into = arena.allocate(2);
            assertThat(file.read(1, into)).isEqualTo(2);
            assertThat(into.toArray(ValueLayout.JAVA_BYTE)).containsExactly(2, 3);
            assertThat(file.read(2, into)).isEqualTo(1);
            assertThat(file.read(3, into)).isZero();
            assertThat(file.read(into)).as("where it was left").isZero();
        }
    }
}
