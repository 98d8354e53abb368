package dev.mvm.linux.fd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.call.RawCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.property.Property;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("MustBeClosedChecker") // closes wrongly on purpose, and counts what is left open
final class DirectoryTest {
    @TempDir
    private Path folder;

    private Path below;
    private Directory directory;
    private Map<String, String> before;

    @BeforeEach
    void open() throws Exception {
        Files.writeString(folder.resolve("secret"), "outside");
        below = Files.createDirectory(folder.resolve("below"));
        before = OpenDescriptors.now();
        directory = Directory.open(below);
    }

    @AfterEach
    void nothingIsLeftOpen() throws Exception {
        directory.close();
        assertThat(OpenDescriptors.now()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../secret", "sub/../../secret", "/etc/passwd", "..", "/", "sub/../../below/../secret"})
    void wayOut_isRefused(String path) throws Exception {
        directory.makeDirectory("sub", 0700);
        assertErrno(Errno.EXDEV, () -> directory.openBeneath(path).close());
        assertErrno(Errno.EXDEV, () -> directory.read(path, 100));
        assertErrno(
                Errno.EXDEV,
                () -> directory.openBeneath(path, OpenFlag.WRITE_ONLY).close());
        assertErrno(Errno.EXDEV, () -> directory.directoryBeneath(path).close());
    }

    @Test
    void symbolicLink_isFollowedNowhere() throws Exception {
        Files.createSymbolicLink(below.resolve("last"), folder.resolve("secret"));
        Files.createSymbolicLink(below.resolve("first"), folder);
        Files.createSymbolicLink(below.resolve("inside"), Path.of("real"));
        Files.writeString(below.resolve("real"), "inside");
        for (var path : new String[] {"last", "first/secret", "inside"}) {
            assertErrno(Errno.ELOOP, () -> directory.openBeneath(path).close());
            assertErrno(
                    Errno.ELOOP,
                    () -> directory.openBeneath(path, OpenFlag.HANDLE).close());
            assertErrno(Errno.ELOOP, () -> directory.read(path, 100));
            assertErrno(
                    Errno.ELOOP,
                    () -> directory.openBeneath(path, OpenFlag.WRITE_ONLY).close());
        }
        assertErrno(Errno.EEXIST, () -> directory.createBeneath("last", 0600).close());
        assertErrno(
                Errno.ELOOP, () -> directory.createBeneath("first/new", 0600).close());
        assertErrno(Errno.ELOOP, () -> directory.directoryBeneath("first").close());
        assertThat(folder.resolve("new")).doesNotExist();
    }

    @Test
    void magicLink_isNotFollowed() throws Exception {
        try (var self = Directory.open(Path.of("/proc/self"))) {
            assertErrno(Errno.ELOOP, () -> self.openBeneath("ns/net").close());
            assertErrno(Errno.ELOOP, () -> self.openBeneath("root/etc/passwd").close());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "/a", "a/"})
    void whatIsNotOneName_isRefused(String name) {
        for (ThrowingCallable call : new ThrowingCallable[] {
            () -> directory.makeDirectory(name, 0700),
            () -> directory.remove(name),
            () -> directory.replace(name, new byte[1], 0600)
        }) {
            assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void zeroInAName_cutsNothing() {
        assertThatThrownBy(() -> directory.openBeneath("a\0b").close()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> directory.remove("a\0b")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void create_neverTakesWhatIsThere() throws Exception {
        directory.createBeneath("file", 0640).close();
        assertThat(Files.getAttribute(below.resolve("file"), "unix:mode")).isEqualTo(0100640 & ~umask());
        assertErrno(Errno.EEXIST, () -> directory.createBeneath("file", 0600).close());
    }

    @Test
    void removal_isOfFilesOnly() throws Exception {
        directory.makeDirectory("sub", 0700);
        directory.createBeneath("sub/file", 0600).close();
        assertErrno(21, () -> directory.remove("sub")); // EISDIR
        try (var sub = directory.directoryBeneath("sub")) {
            sub.remove("file");
            assertThat(sub.names(10)).isEmpty();
            sub.remove("file"); // once more is no error
        }
    }

    @Test
    void removingALink_removesTheLink() throws Exception {
        Files.createSymbolicLink(below.resolve("link"), folder.resolve("secret"));
        directory.remove("link");
        assertThat(folder.resolve("secret")).exists();
        assertThat(below.resolve("link")).doesNotExist();
    }

    @Test
    void names_comeBackWhateverTheirBytes() throws Exception {
        Property.holds(20, draw -> {
            var names = new HashSet<String>();
            for (var name : draw.list(0, 40, () -> "n" + draw.text(0, 200, "a b\n\u00ff\u0080\u00c3\u0001*~"))) {
                names.add(name);
            }
            for (var name : names) {
                directory.createBeneath(name, 0600).close();
            }
            assertThat(directory.names(1000)).containsExactlyInAnyOrderElementsOf(names);
            for (var name : names) {
                directory.remove(name);
            }
            assertThat(directory.names(0)).isEmpty();
        });
    }

    @Test
    void moreNamesThanAllowed_areAnError() throws Exception {
        var expected = new ArrayList<String>();
        for (int i = 0; i < 3000; i++) { // several rounds of getdents64
            expected.add("a-rather-long-name-of-a-file-" + i);
            directory.createBeneath(expected.getLast(), 0600).close();
        }
        assertThat(directory.names(3000)).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(directory.names(3000)).hasSize(3000); // from the beginning again
        assertErrno(Errno.EOVERFLOW, () -> directory.names(2999));
    }

    @Test
    void read_isWholeAndLimited() throws Exception {
        var text = "x".repeat(200_000).getBytes(US_ASCII);
        Files.write(below.resolve("file"), text);
        assertThat(directory.read("file", 200_000)).isEqualTo(text);
        assertErrno(Errno.EFBIG, () -> directory.read("file", 199_999));
        Files.write(below.resolve("empty"), new byte[0]);
        assertThat(directory.read("empty", 0)).isEmpty();
    }

    @Test
    void read_ofWhatIsNoRegularFile_neitherBlocksNorSucceeds() throws Exception {
        directory.makeDirectory("sub", 0700);
        assertErrno(Errno.EINVAL, () -> directory.read("sub", 10));
        assertThat(at(RawCall.MKNODAT, below.resolve("fifo"), 0010600)).isZero();
        assertErrno(Errno.EINVAL, () -> directory.read("fifo", 10));
    }

    @Test
    void replace_leavesTheNewAndNothingElse() throws Exception {
        directory.replace("state", "one".getBytes(US_ASCII), 0600);
        directory.replace("state", "two".getBytes(US_ASCII), 0600);
        assertThat(directory.names(10)).containsExactly("state");
        assertThat(directory.read("state", 10)).isEqualTo("two".getBytes(US_ASCII));
        assertThat(Files.getAttribute(below.resolve("state"), "unix:mode")).isEqualTo(0100600);
    }

    @Test
    void replace_afterACrashOnTheWay_startsAfresh() throws Exception {
        Files.writeString(below.resolve(".state.new"), "half");
        directory.replace("state", "whole".getBytes(US_ASCII), 0600);
        assertThat(below.resolve("state")).hasContent("whole");
        assertThat(directory.names(10)).containsExactly("state");
    }

    @Test
    void replace_ofALinkPutByOthers_replacesTheLink() throws Exception {
        Files.createSymbolicLink(below.resolve("state"), folder.resolve("secret"));
        Files.createSymbolicLink(below.resolve(".state.new"), folder.resolve("secret"));
        directory.replace("state", "mine".getBytes(US_ASCII), 0600);
        assertThat(folder.resolve("secret")).hasContent("outside");
        assertThat(Files.isSymbolicLink(below.resolve("state"))).isFalse();
    }

    @Test
    void replace_thatFails_keepsTheOld() throws Exception {
        directory.makeDirectory("state", 0700);
        assertErrno(21, () -> directory.replace("state", new byte[1], 0600)); // EISDIR from rename
        assertThat(directory.names(10)).containsExactly("state");
    }

    @Test
    void handle_isReopenedAsADirectoryThatCanBeListed() throws Exception {
        directory.createBeneath("file", 0600).close();
        try (var handle = Fd.open(below, OpenFlag.HANDLE)) {
            try (var reopened = Directory.of(handle)) {
                assertThat(reopened.names(10)).containsExactly("file");
                reopened.sync();
            }
            assertErrno(Errno.EBADF, handle::sync);
        }
        try (var file = directory.openBeneath("file")) {
            assertErrno(Errno.ENOTDIR, () -> Directory.of(file).close());
        }
    }

    @Test
    void asciiAndBytes_areTheSameInNames() throws Exception {
        directory
                .createBeneath(new String(new byte[] {(byte) 0xe2, (byte) 0x82, (byte) 0xac}, ISO_8859_1), 0600)
                .close();
        assertThat(at(RawCall.FACCESSAT, Path.of(below + "/\u20ac"), 0)).isZero();
    }

    /// A call whose first argument is AT_FDCWD and whose second is an absolute path in UTF-8.
    private static long at(int number, Path path, long third) {
        try (var arena = Arena.ofConfined()) {
            return RawCall.of(number, -100, arena.allocateFrom(path.toString()).address(), third, 0, 0);
        }
    }

    private static int umask() throws Exception {
        var line = Files.readString(Path.of("/proc/self/status")).lines().filter(l -> l.startsWith("Umask:"));
        return Integer.parseInt(line.findFirst().orElseThrow().substring(6).strip(), 8);
    }

    private static void assertErrno(int errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class,
                        e -> assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno)));
    }
}
