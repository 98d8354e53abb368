package dev.mvm.hostd.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.hostd.ServiceSocket;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.socket.PacketSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A mount's device, lent and given back.
@SuppressWarnings("MustBeClosedChecker") // what is given is the mount's to close
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SnapshotMountTest {
    private static final Path FUSE = Path.of("/dev/fuse");

    private final List<String> kept = new ArrayList<>();
    private final SnapshotMount snap = new SnapshotMount(_ -> kept.add("device"), _ -> kept.add("sealer"));

    private static Fd opened(Path path) throws IOException {
        return Fd.open(path, OpenFlag.READ_WRITE);
    }

    @Test
    void deviceIsLent_toOneAtATime_andComesBack() throws Exception {
        snap.giveBack(opened(FUSE));
        assertThat(snap.here()).isTrue();
        var lent = snap.lend();
        snap.lent(lent); // for its number any descriptor does
        assertThat(snap.here()).isFalse();
        assertThatThrownBy(snap::lend).hasMessageContaining("cannot_sleep");
        snap.giveBack(lent);
        assertThat(snap.here()).isTrue();
        assertThat(kept).containsExactly("device", "sealer", "device");
        snap.close();
    }

    /// A sealer that was taken over may give whatever it has.
    @ParameterizedTest
    @ValueSource(strings = {"/dev/null", "/dev/zero"})
    void whatIsNoFuse_isNotTaken(String path) throws Exception {
        var given = opened(Path.of(path));
        snap.giveBack(given);
        assertThat(snap.here()).isFalse();
        assertThat(given.isOpen()).isFalse();
        assertThat(kept).isEmpty();
    }

    /// The status and the end of a file in a FUSE file system are its server's to answer for, which the sealer may be.
    @Test
    @Tag("claim-G3")
    void fileOfAServerThatIsSilent_keepsNobodyWaiting() throws Exception {
        try (var hostile = new SilentFuse()) {
            var given = hostile.file();
            var giving = CompletableFuture.runAsync(() -> {
                try {
                    snap.giveBack(given);
                    snap.close();
                } catch (StepException e) {
                    throw new CompletionException(e);
                }
            });
            giving.get(20, TimeUnit.SECONDS); // so that the mount ends here also if this waits for it
            assertThat(given.isOpen()).isFalse();
            assertThat(snap.here()).isFalse();
            hostile.unanswered.await(); // the server is asked about the end, and nobody waits
        }
    }

    @Test
    void secondOne_isNotTaken() throws Exception {
        snap.giveBack(opened(FUSE));
        var second = opened(FUSE);
        snap.giveBack(second);
        assertThat(second.isOpen()).isFalse();
        snap.close();
    }

    @Test
    void whatComesBackTooLate_isClosed() throws Exception {
        snap.close();
        var late = opened(FUSE);
        snap.giveBack(late);
        assertThat(late.isOpen()).isFalse();
        assertThat(snap.here()).isFalse();
    }

    /// A VM that ends takes the sealer with it that still brings its memory, and what is done then is done first.
    @Test
    void endOfTheVm_endsTheSealerThatIsFollowed(@TempDir Path folder) throws Exception {
        var heard = new CountDownLatch(1);
        try (var sealers = new ServiceSocket(folder, hostd -> hostd.receive(1, 0, Deadline.never()))) {
            var sealer = PacketSocket.connect(sealers.address(), Deadline.never());
            snap.follow(sealer, () -> {
                try {
                    assertThat(sealer.receive(1, 0, Deadline.never())).isEmpty();
                    heard.countDown();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            snap.close();
            assertThat(heard.getCount()).isZero();
            assertThat(sealer.fd().isOpen()).isFalse();
        }
    }
}
