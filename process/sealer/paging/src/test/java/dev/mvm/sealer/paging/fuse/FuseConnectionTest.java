package dev.mvm.sealer.paging.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.sealer.paging.Threads;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// The kernel's FUSE and a directory of ours: what Firecracker does at sleep and at wake, and what it may not.
final class FuseConnectionTest {
    private static final int PAGE = 4096;
    private static final int EIO = 5; // asm-generic/errno-base.h
    private static final int MEMORY = (3 << 20) + 5 * PAGE;
    private static final int VMSTATE = 64 << 10;

    /// Keeps what is written, and gives what it was made with.
    private static final class Kept implements FileContents {
        final byte[] memory = new byte[MEMORY];
        final byte[] vmstate = new byte[VMSTATE];
        final List<Integer> pieces = new ArrayList<>();

        private byte[] of(FuseFile file) {
            return file == FuseFile.MEMORY ? memory : vmstate;
        }

        @Override
        public void write(FuseFile file, long offset, MemorySegment bytes) {
            MemorySegment.copy(bytes, 0, MemorySegment.ofArray(of(file)), offset, bytes.byteSize());
            pieces.add((int) bytes.byteSize());
        }

        @Override
        public void read(FuseFile file, long offset, MemorySegment into) {
            MemorySegment.copy(MemorySegment.ofArray(of(file)), offset, into, 0, into.byteSize());
        }
    }

    /// A connection that is served.
    private static final class Served implements AutoCloseable {
        final FuseMount mount = FuseMount.make();
        final FuseConnection connection;
        private final WakeUp stop = new WakeUp();
        final CompletableFuture<FuseConnection.End> end;

        @SuppressWarnings("MustBeClosedChecker") // by close
        Served(boolean writing, FileContents contents) throws IOException {
            connection = writing
                    ? FuseConnection.writing(mount.device, MEMORY, VMSTATE, 0, 0, contents)
                    : FuseConnection.reading(mount.device, VMSTATE, 0, 0, contents);
            // one who asks in this very process would wait for good if nobody served and nobody had closed it
            end = Threads.start(() -> {
                try (connection;
                        mount.device) {
                    return connection.serve(stop);
                }
            });
        }

        FileChannel create(String name) throws IOException {
            return FileChannel.open(mount.file(name), WRITE, CREATE);
        }

        FuseConnection.End stopped() throws IOException {
            stop.signal();
            return end.join();
        }

        @Override
        public void close() throws IOException {
            try {
                var _ = stopped();
            } catch (CompletionException _) {
                // the test has seen it
            }
            connection.close();
            mount.close();
            stop.close();
        }
    }

    private static byte[] random(int size) {
        var out = new byte[size];
        new Random(size).nextBytes(out);
        return out;
    }

    private static void refused(String why, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(IOException.class)
                .satisfies(e -> assertThat(e.toString()).contains(why));
    }

    @Test
    void whatFirecrackerWritesAtSleep_arrivesAsItIsWritten() throws Exception {
        var kept = new Kept();
        var state = random(12_900);
        var memory = random(MEMORY);
        try (var served = new Served(true, kept)) {
            try (var file = FileChannel.open(served.mount.file("vmstate"), WRITE, CREATE, TRUNCATE_EXISTING)) {
                assertThat(file.write(ByteBuffer.wrap(state))).isEqualTo(12_900);
                assertThat(file.write(ByteBuffer.wrap(new byte[8]))).isEqualTo(8);
                file.force(true);
            }
            assertThat(kept.pieces).containsExactly(12_900, 8);
            kept.pieces.clear();
            assertThat(served.mount.file("memory")).doesNotExist();
            try (var created = served.create("memory")) {
                assertThat(created.size()).isZero();
            }
            try (var file = Fd.open(served.mount.file("memory"), OpenFlag.WRITE_ONLY);
                    var arena = Arena.ofConfined()) {
                file.resize(MEMORY);
                assertThat(file.status().size()).isEqualTo(MEMORY);
                var all = arena.allocate(MEMORY, PAGE).copyFrom(MemorySegment.ofArray(memory));
                assertThat(file.write(all)).isEqualTo(MEMORY); // one call
                file.sync();
            }
            assertThat(kept.pieces).containsExactly(1 << 20, 1 << 20, 1 << 20, 5 * PAGE);
            assertThat(kept.memory).isEqualTo(memory);
            assertThat(kept.vmstate).startsWith(state);
            assertThat(Files.size(served.mount.file("vmstate"))).isEqualTo(12_908);
            assertThat(served.stopped()).isEqualTo(FuseConnection.End.STOPPED);
            assertThat(served.connection.size(FuseFile.VMSTATE)).isEqualTo(12_908);
            assertThat(served.connection.size(FuseFile.MEMORY)).isEqualTo(MEMORY);
        }
    }

    @Test
    void whatFirecrackerReadsAtWake_comesWhenItIsRead() throws Exception {
        var kept = new Kept();
        System.arraycopy(random(VMSTATE), 0, kept.vmstate, 0, VMSTATE);
        try (var served = new Served(false, kept)) {
            var path = served.mount.file("vmstate");
            assertThat(Files.readAllBytes(path)).isEqualTo(kept.vmstate);
            try (var file = FileChannel.open(path, READ)) {
                var some = ByteBuffer.allocate(100);
                assertThat(file.read(some, VMSTATE - 60)).isEqualTo(60);
                assertThat(some.get(59)).isEqualTo(kept.vmstate[VMSTATE - 1]);
                assertThat(file.read(some, VMSTATE)).isEqualTo(-1);
                kept.vmstate[0]++; // not from any cache
                assertThat(file.read(some.clear(), 0)).isEqualTo(100);
                assertThat(some.get(0)).isEqualTo(kept.vmstate[0]);
            }
        }
    }

    @Test
    void atWake_thereIsNothingElse() throws Exception {
        try (var served = new Served(false, new Kept())) {
            assertThatThrownBy(() -> Files.readAllBytes(served.mount.file("memory")))
                    .isInstanceOf(NoSuchFileException.class);
            refused("Read-only", () -> served.create("memory").close());
            refused(
                    "AccessDenied",
                    () -> FileChannel.open(served.mount.file("vmstate"), WRITE).close());
            refused(
                    "AccessDenied",
                    () -> FileChannel.open(served.mount.file("vmstate"), READ, WRITE)
                            .close());
        }
    }

    @Test
    void atSleep_thereAreTwoNamesAndNothingToReadInThem() throws Exception {
        try (var served = new Served(true, new Kept())) {
            served.create("memory").close();
            refused("Read-only", () -> served.create("memory2").close());
            refused("Read-only", () -> served.create("x".repeat(255)).close());
            refused(
                    "AccessDenied",
                    () -> FileChannel.open(served.mount.file("memory"), READ).close());
            refused(
                    "AccessDenied",
                    () -> FileChannel.open(served.mount.file("memory"), READ, WRITE)
                            .close());
            refused(
                    "AccessDenied",
                    () -> FileChannel.open(served.mount.file("memory"), APPEND).close());
            refused("", () -> Files.createDirectory(served.mount.file("d")));
            refused("", () -> Files.createSymbolicLink(served.mount.file("l"), served.mount.file("memory")));
            refused("", () -> Files.createLink(served.mount.file("l"), served.mount.file("memory")));
            refused("", () -> Files.delete(served.mount.file("memory")));
            refused("", () -> Files.move(served.mount.file("memory"), served.mount.file("vmstate")));
            refused("", () -> list(served.mount));
            assertThat(Files.size(served.mount.file("memory"))).isZero();
        }
    }

    private static void list(FuseMount mount) throws IOException {
        try (var names = Files.newDirectoryStream(mount.file("."))) {
            names.forEach(name -> assertThat(name).isNull());
        } catch (java.nio.file.DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    @Test
    void files_areAtMostAsLongAsTheyMayBe() throws Exception {
        var kept = new Kept();
        try (var served = new Served(true, kept);
                var made = served.create("memory");
                var file = Fd.open(served.mount.file("memory"), OpenFlag.WRITE_ONLY)) {
            assertThat(made.write(ByteBuffer.allocate(10), MEMORY - 10)).isEqualTo(10);
            refused("too large", () -> made.write(ByteBuffer.allocate(10), MEMORY - 9));
            refused("too large", () -> made.write(ByteBuffer.allocate(10), 1L << 60));
            errno(Errno.EFBIG, () -> file.resize(MEMORY + 1));
            errno(Errno.EFBIG, () -> file.resize(Long.MAX_VALUE));
            errno(Errno.EPERM, () -> file.resize(MEMORY - 1)); // what has been taken is taken
            file.resize(MEMORY);
            assertThat(kept.pieces).containsExactly(10);
        }
    }

    private static void errno(int errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class,
                        e -> assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno)));
    }

    @Test
    void files_areNotMapped() throws Exception {
        try (var served = new Served(false, new Kept());
                var file = FileChannel.open(served.mount.file("vmstate"), READ);
                var arena = Arena.ofConfined()) {
            // a shared mapping would be a page cache; a private one may be had, and is read through us
            refused(
                    "",
                    () -> file.map(FileChannel.MapMode.READ_ONLY, 0, PAGE, arena)
                            .get(JAVA_BYTE, 0));
        }
    }

    @Test
    void contentsThatFail_areAnErrorThereAndTheEndHere() throws Exception {
        var contents = new FileContents() {
            @Override
            public void write(FuseFile file, long offset, MemorySegment bytes) throws IOException {
                throw new IOException("the disk is full");
            }

            @Override
            public void read(FuseFile file, long offset, MemorySegment into) throws IOException {
                throw new IOException("altered");
            }
        };
        try (var served = new Served(true, contents)) {
            served.create("vmstate").close();
            try (var file = Fd.open(served.mount.file("vmstate"), OpenFlag.WRITE_ONLY);
                    var arena = Arena.ofConfined()) {
                errno(EIO, () -> file.write(arena.allocate(10)));
                assertThatThrownBy(served.end::join).hasRootCauseMessage("the disk is full");
                errno(Errno.ENOTCONN, () -> file.write(arena.allocate(10)));
            }
            refused("not connected", () -> Files.size(served.mount.file("vmstate")));
        }
        try (var served = new Served(false, contents)) {
            refused("Input/output", () -> Files.readAllBytes(served.mount.file("vmstate")));
            assertThatThrownBy(served.end::join).hasRootCauseMessage("altered");
        }
    }

    /// As [Served], but the mount goes on when this ends.
    private static CompletableFuture<FuseConnection.End> served(FuseConnection connection, WakeUp stop, boolean all) {
        return Threads.start(() -> {
            try (connection) {
                var end = connection.serve(stop);
                if (all) {
                    connection.drain();
                } else {
                    connection.breakOff();
                }
                return end;
            }
        });
    }

    @Test
    @SuppressWarnings("MustBeClosedChecker") // by the threads that serve
    void oneMount_isServedByOneAfterAnother() throws Exception {
        var kept = new Kept();
        System.arraycopy(random(VMSTATE), 0, kept.vmstate, 0, VMSTATE);
        try (var mount = FuseMount.make();
                var first = new WakeUp();
                var second = new WakeUp()) {
            var reading = served(FuseConnection.reading(mount.device, VMSTATE, 0, 0, kept), first, true);
            try (var old = FileChannel.open(mount.file("vmstate"), READ)) {
                assertThat(old.size()).isEqualTo(VMSTATE);
                first.signal();
                assertThat(reading.join()).isEqualTo(FuseConnection.End.STOPPED);
                var early = Threads.start(
                        () -> { // nobody serves: it waits in the kernel
                            try (var file = FileChannel.open(mount.file("memory"), WRITE, CREATE)) {
                                return file.write(ByteBuffer.wrap(random(PAGE)));
                            }
                        });
                var writing = served(FuseConnection.writing(mount.device, MEMORY, VMSTATE, 0, 0, kept), second, true);
                assertThat(early.join()).isEqualTo(PAGE);
                assertThat(kept.memory).startsWith(random(PAGE));
                refused("Stale", () -> old.read(ByteBuffer.allocate(1), 0));
                refused("Stale", old::size);
                refused("", () -> Files.size(mount.file("vmstate"))); // that one is gone with who served it
                try (var fresh = FileChannel.open(mount.file("vmstate"), WRITE, CREATE)) {
                    assertThat(fresh.write(ByteBuffer.wrap(new byte[5]))).isEqualTo(5);
                }
                second.signal();
                assertThat(writing.join()).isEqualTo(FuseConnection.End.STOPPED);
            }
        }
    }

    /// A VMM that writes is told that it has failed, and can close its files when nobody serves any more.
    @Test
    @SuppressWarnings("MustBeClosedChecker") // by the thread that serves
    void whatIsBrokenOff_fails() throws Exception {
        var begun = new CompletableFuture<Void>();
        var contents = new FileContents() {
            @Override
            public void write(FuseFile file, long offset, MemorySegment bytes) {
                begun.complete(null);
            }

            @Override
            public void read(FuseFile file, long offset, MemorySegment into) throws IOException {
                throw new IOException("nothing is read");
            }
        };
        try (var mount = FuseMount.make();
                var stop = new WakeUp()) {
            var serving = served(FuseConnection.writing(mount.device, 1L << 40, VMSTATE, 0, 0, contents), stop, false);
            var vmm = Threads.start(() -> {
                try (var file = FileChannel.open(mount.file("memory"), WRITE, CREATE)) {
                    long written = 0;
                    while (true) {
                        written += file.write(ByteBuffer.wrap(new byte[PAGE]), written);
                    }
                }
            });
            begun.join();
            stop.signal();
            assertThatThrownBy(vmm::join).hasRootCauseMessage("Input/output error");
            assertThat(serving.join()).isEqualTo(FuseConnection.End.STOPPED);
        }
    }

    @Test
    void directoryThatNobodyHas_endsIt() throws Exception {
        try (var served = new Served(true, new Kept())) {
            served.mount.unmount();
            assertThat(served.end.join()).isEqualTo(FuseConnection.End.UNMOUNTED);
        }
    }
}
