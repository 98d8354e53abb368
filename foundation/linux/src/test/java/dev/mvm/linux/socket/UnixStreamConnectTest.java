package dev.mvm.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.OpenDescriptors;
import dev.mvm.linux.fd.Poll;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Connecting in a directory in which someone hostile can make files.
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown(), and none is made where it is refused
final class UnixStreamConnectTest {
    @TempDir
    private Path folder;

    private Map<String, String> before;
    private Directory directory;
    private UnixListener listener;

    @BeforeEach
    void setUp() throws Exception {
        before = OpenDescriptors.now();
        directory = Directory.open(folder);
        listener = UnixListener.streams(directory, "socket", 0777);
    }

    @AfterEach
    void tearDown() throws Exception {
        listener.close();
        directory.close();
        assertThat(OpenDescriptors.now()).isEqualTo(before);
    }

    private void assertRefused(int errno, String name) throws ErrnoException {
        assertThatThrownBy(() -> UnixStream.connect(directory, name, Deadline.never()))
                .isInstanceOfSatisfying(
                        ErrnoException.class,
                        e -> assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno)));
        assertThat(Poll.readable(listener.fd(), Deadline.now())).isFalse();
    }

    @ParameterizedTest
    @Tag("claim-P4")
    @ValueSource(strings = {"socket", "/proc/self/fd/FD/socket", "/proc/self/cwd", "nowhere", "link"})
    void symbolicLink_isNotFollowed(String target) throws Exception {
        var number = Integer.toString(directory.fd().number());
        Files.createSymbolicLink(folder.resolve("link"), Path.of(target.replace("FD", number)));
        assertRefused(Errno.ELOOP, "link");
    }

    @Test
    void whatIsNoSocket_isRefused() throws Exception {
        Files.createFile(folder.resolve("file"));
        Files.createDirectory(folder.resolve("directory"));
        assertRefused(Errno.EPERM, "file");
        assertRefused(Errno.EPERM, "directory");
        assertRefused(Errno.ENOENT, "nothing");
        assertRefused(Errno.EXDEV, "..");
    }

    @Test
    @Tag("claim-P4")
    void socketOfAnotherUser_isRefused() throws Exception {
        try {
            Files.setAttribute(folder.resolve("socket"), "unix:uid", 1);
        } catch (FileSystemException e) {
            // for a user, and for root of a user namespace that has no such user
            assertThat(e.getReason()).isIn("Operation not permitted", "Invalid argument");
            assumeTrue(false, "only root gives files away: " + e.getReason());
        }
        assertRefused(Errno.EPERM, "socket");
        Files.setAttribute(folder, "unix:uid", 1);
        UnixStream.connect(directory, "socket", Deadline.never()).close();
    }

    @Test
    void listenerThatHasEnded_isRefused() throws Exception {
        listener.close();
        assertThatThrownBy(() -> UnixStream.connect(directory, "socket", Deadline.never()))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ECONNREFUSED));
    }
}
