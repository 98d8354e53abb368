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
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// The kernel's FUSE and a directory of this process: Firecracker's calls at sleep and at wake, and refused ones.
final class FuseConnectionTest {
    static final int PAGE = 4096;
    private static final int EIO = 5; // asm-generic/errno-base.h
    static final int MEMORY = (3 << 20) + 5 * PAGE;
    static final int VMSTATE = 64 << 10;

    static byte[] random(int size) {
        var out = new byte[size];
        new Random(size).nextBytes(out);
        return out;
    }

    static void refused(String why, ThrowingCallable call) {
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

    @Test
    void directoryThatNobodyHas_endsIt() throws Exception {
        try (var served = new Served(true, new Kept())) {
            served.mount.unmount();
            assertThat(served.end.join()).isEqualTo(FuseConnection.End.UNMOUNTED);
        }
    }
}
