package dev.mvm.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenDescriptors;
import dev.mvm.linux.fd.WakeUp;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("MustBeClosedChecker") // closes wrongly on purpose, and counts what is left open
final class UnixListenerTest {
    @TempDir
    private Path folder;

    private Map<String, String> before;
    private Directory directory;
    private WakeUp stop;

    @BeforeEach
    void open() throws Exception {
        before = OpenDescriptors.now();
        directory = Directory.open(folder);
        stop = new WakeUp();
    }

    @AfterEach
    void nothingIsLeftOpen() throws Exception {
        directory.close();
        stop.close();
        assertThat(OpenDescriptors.now()).isEqualTo(before);
    }

    @Test
    void permissions_areThoseAskedForWhateverTheUmask() throws Exception {
        for (int mode : new int[] {0777, 0666, 0600, 0}) {
            try (var _ = UnixListener.streams(directory, "socket", mode)) {
                assertThat(Files.getAttribute(folder.resolve("socket"), "unix:mode"))
                        .isEqualTo(0140000 | mode);
            }
            directory.remove("socket");
        }
    }

    @Test
    void path_isTheOneThatItIsBoundTo() throws Exception {
        try (var listener = UnixListener.streams(directory, "socket", 0600)) {
            assertThat(listener.path())
                    .isEqualTo("/proc/self/fd/" + directory.fd().number() + "/socket");
        }
    }

    @Test
    void connection_isAccepted() throws Exception {
        try (var listener = PacketListener.in(directory, "socket");
                var client = PacketSocket.connect(UnixAddress.in(directory, "socket"), Deadline.never());
                var server = PacketSocket.own(listener.accept(stop).orElseThrow())) {
            client.send(new byte[] {7}, List.of(), Deadline.never());
            assertThat(server.receive(1, 0, Deadline.never()).orElseThrow().bytes())
                    .containsExactly(7);
        }
    }

    @Test
    void stop_getsAWaitingThreadOutAndLeavesTheListener() throws Exception {
        try (var listener = UnixListener.streams(directory, "socket", 0600)) {
            var accepting = CompletableFuture.supplyAsync(() -> {
                try {
                    return listener.accept(stop).isEmpty();
                } catch (ErrnoException e) {
                    throw new UncheckedIOException(e);
                }
            });
            stop.signal();
            assertThat(accepting.join()).isTrue();
            assertThat(stop.clear()).isTrue();
            try (var _ = UnixStream.connect(directory, "socket", Deadline.never());
                    var _ = UnixStream.own(listener.accept(stop).orElseThrow())) {
                stop.signal();
            }
        }
    }

    @Test
    void stop_comesBeforeConnections() throws Exception {
        try (var listener = UnixListener.streams(directory, "socket", 0600);
                var _ = UnixStream.connect(directory, "socket", Deadline.never())) {
            stop.signal();
            assertThat(listener.accept(stop)).isEmpty();
        }
    }

    @Test
    void nameThatIsTaken_isNotTouched() throws Exception {
        var victim = Files.writeString(folder.resolve("victim"), "mine");
        Files.createSymbolicLink(folder.resolve("link"), victim);
        Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("elsewhere"));
        var mode = Files.getAttribute(victim, "unix:mode");
        for (var name : new String[] {"victim", "link", "dangling"}) {
            assertErrno(98, () -> UnixListener.streams(directory, name, 0777)); // EADDRINUSE
        }
        assertThat(Files.getAttribute(victim, "unix:mode")).isEqualTo(mode);
        assertThat(folder.resolve("elsewhere")).doesNotExist();
    }

    @Test
    void directoryFarDown_isReachedAllTheSame() throws Exception {
        var deep = folder;
        while (deep.toString().length() < 200) {
            deep = Files.createDirectory(deep.resolve("a-rather-long-name"));
        }
        var path = deep.resolve("socket");
        assertThatThrownBy(() -> UnixAddress.at(path)).isInstanceOf(IllegalArgumentException.class);
        try (var far = Directory.open(deep);
                var listener = UnixListener.streams(far, "socket", 0600);
                var _ = UnixStream.connect(far, "socket", Deadline.never())) {
            assertThat(path).exists();
            listener.accept(stop).orElseThrow().close();
        }
    }

    @Test
    void inheritedListener_isTakenOver() throws Exception {
        Fd inherited;
        try (var listener = UnixListener.streams(directory, "socket", 0600)) {
            inherited = listener.fd().move();
        }
        try (var listener = UnixListener.own(inherited);
                var _ = UnixStream.connect(directory, "socket", Deadline.never())) {
            assertThat(inherited.isOpen()).isFalse();
            UnixStream.own(listener.accept(stop).orElseThrow()).close();
        }
    }

    @Test
    void whatDoesNotListen_staysItsOwners() throws Exception {
        try (var pair = SocketPair.of(SocketPair.STREAM);
                var file = Fd.open(Path.of("/dev/null"))) {
            assertErrno(Errno.EPROTOTYPE, () -> UnixListener.own(pair.left()));
            assertThat(pair.left().isOpen()).isTrue();
            assertErrno(88, () -> UnixListener.own(file)); // ENOTSOCK
            assertThat(file.isOpen()).isTrue();
        }
    }

    private static void assertErrno(int errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class,
                        e -> assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno)));
    }
}
