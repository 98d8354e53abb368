package dev.mvm.linux.mount;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.call.RawCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus;
import dev.mvm.linux.fd.OpenDescriptors;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.linux.socket.UnixStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("MustBeClosedChecker") // closes wrongly on purpose, and counts what is left open
final class DetachedMountTest {
    private static final long SIZE = 1 << 20;
    private static final int ENOSPC = 28;

    @TempDir
    private Path folder;

    private Map<String, String> before;

    @BeforeEach
    void count() throws Exception {
        before = OpenDescriptors.now();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        assertThat(OpenDescriptors.now()).isEqualTo(before);
        assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(folder.toString());
    }

    private static Tmpfs plain(int mode) throws IOException {
        return new Tmpfs(SIZE, 16, mode, user(), 0, false);
    }

    /// A user id that exists here: in a user namespace there is only one.
    private static int user() throws IOException {
        return Files.readString(Path.of("/proc/self/uid_map")).contains("4294967295") ? 1_879_048_192 : 0;
    }

    @Test
    void detachedMount_isReachedByItsDescriptorOnly() throws Exception {
        var mounts = Files.readString(Path.of("/proc/self/mountinfo"));
        try (var mount = DetachedMount.tmpfs(plain(02770));
                var root = Directory.of(mount)) {
            assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).isEqualTo(mounts);
            var status = root.fd().status();
            assertThat(status.kind()).isEqualTo(FileStatus.Kind.DIRECTORY);
            assertThat(status.permissions()).isEqualTo(02770);
            assertThat(status.uid()).isEqualTo(user());
            assertThat(status.gid()).isZero();
            root.replace("state", "kept".getBytes(US_ASCII), 0600);
            assertThat(root.read("state", 10)).isEqualTo("kept".getBytes(US_ASCII));
            assertThat(root.names(10)).containsExactly("state");
            root.sync();
        }
    }

    @Test
    @Tag("claim-P4")
    void links_areFollowedByNobody() throws Exception {
        try (var mount = DetachedMount.tmpfs(plain(0700));
                var root = Directory.of(mount)) {
            var link = Path.of("/proc/self/fd/" + root.fd().number(), "link");
            Files.createSymbolicLink(link, Path.of("/proc/self/stat"));
            assertThat(Files.readSymbolicLink(link)).isEqualTo(Path.of("/proc/self/stat"));
            assertErrno(Errno.ELOOP, () -> Fd.open(link));
        }
    }

    @Test
    void limits_areKept() throws Exception {
        try (var mount = DetachedMount.tmpfs(plain(0700));
                var root = Directory.of(mount);
                var file = root.createBeneath("file", 0600, OpenFlag.WRITE_ONLY);
                var arena = Arena.ofConfined()) {
            var page = arena.allocate(64 << 10);
            assertErrno(ENOSPC, () -> {
                for (int i = 0; i < 1000; i++) {
                    assertThat(file.write(page)).isPositive();
                }
            });
            assertThat(file.status().size()).isLessThanOrEqualTo(SIZE);
            assertErrno(ENOSPC, () -> {
                for (int i = 0; i < 100; i++) {
                    root.makeDirectory("d" + i, 0700);
                }
            });
            assertThat(root.names(100)).hasSizeLessThan(16);
        }
    }

    @Test
    void socketsInside_areReachedThroughTheDescriptor() throws Exception {
        try (var mount = DetachedMount.tmpfs(new Tmpfs(SIZE, 16, 0700, 0, 0, false));
                var root = Directory.of(mount);
                var stop = new WakeUp();
                var listener = UnixListener.streams(root, "api.sock", 0777);
                var _ = UnixStream.connect(root, "api.sock", Deadline.never());
                var accepted = UnixStream.own(listener.accept(stop).orElseThrow())) {
            assertThat(accepted.peer().pid())
                    .isEqualTo((int) ProcessHandle.current().pid());
        }
    }

    @Test
    void attachedByAnother_isTheSameFileSystemWithoutSetuidDevicesAndExecution() throws Exception {
        var place = Files.createDirectory(folder.resolve("io"));
        try (var mount = DetachedMount.tmpfs(plain(0770));
                var root = Directory.of(mount)) {
            root.replace("state", "kept".getBytes(US_ASCII), 0600);
            move(mount, place);
            try {
                assertThat(place.resolve("state")).hasContent("kept");
                var line = Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                        .filter(mounted -> mounted.contains(" " + place + " "))
                        .findFirst();
                assertThat(line.orElseThrow())
                        .contains("nosuid,nodev,noexec")
                        .contains("size=1024k")
                        .contains("nr_inodes=16");
            } finally {
                unmount(place);
            }
            assertThat(root.names(10)).containsExactly("state"); // alive as long as a descriptor is
        }
    }

    @Test
    void neverSwapped_isGrantedToRealRootOnly() throws Exception {
        var options = new Tmpfs(SIZE, 16, 0700, 0, 0, true);
        if (Files.readString(Path.of("/proc/self/uid_map")).contains("4294967295")) {
            var place = Files.createDirectory(folder.resolve("io"));
            try (var mount = DetachedMount.tmpfs(options)) {
                move(mount, place);
                try {
                    assertThat(Files.readString(Path.of("/proc/self/mountinfo")))
                            .containsPattern(place + " .*noswap");
                } finally {
                    unmount(place);
                }
            }
        } else {
            assertErrno(Errno.EINVAL, () -> DetachedMount.tmpfs(options).close());
        }
    }

    @Test
    void refusal_carriesTheOption() {
        // a user id that the kernel cannot map
        assertThatThrownBy(() -> DetachedMount.tmpfs(new Tmpfs(SIZE, 16, 0700, -1, 0, false))
                        .close())
                .hasMessageStartingWith("fsconfig: EINVAL (uid");
    }

    @Test
    void senselessSizes_areRefused() {
        assertThatThrownBy(() -> new Tmpfs(4095, 16, 0700, 0, 0, false)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Tmpfs(0, 16, 0700, 0, 0, false)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Tmpfs(SIZE, 0, 0700, 0, 0, false)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Tmpfs(SIZE, 16, 010000, 0, 0, false)).isInstanceOf(IllegalArgumentException.class);
    }

    private static void move(Fd mount, Path place) {
        try (var arena = Arena.ofConfined()) {
            long empty = arena.allocateFrom("").address();
            long path = arena.allocateFrom(place.toString()).address();
            assertThat(RawCall.of(RawCall.MOVE_MOUNT, mount.number(), empty, -100, path, 4)) // F_EMPTY_PATH
                    .isZero();
        }
    }

    private static void unmount(Path place) {
        try (var arena = Arena.ofConfined()) {
            long path = arena.allocateFrom(place.toString()).address();
            assertThat(RawCall.of(RawCall.UMOUNT2, path, 2, 0, 0, 0)).isZero(); // MNT_DETACH: descriptors are open
        }
    }

    private static void assertErrno(int errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class,
                        e -> assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno)));
    }
}
