package dev.mvm.hostd.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.hostd.files.Reserve;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The registry is on a real disk without a byte of room.
@SuppressWarnings("MustBeClosedChecker") // closed by unmount()
final class FullDiskTest {
    private static final byte[] BLOCK = new byte[4096];

    private final HostFixture fixture = HostFixture.withSnapshots();

    @TempDir
    private Path folder;

    private Directory registry;
    private Directory pieces;
    private Reserve reserve;
    private InstanceId id;

    @BeforeEach
    void mount() throws Exception {
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=16m", "small", folder.toString()) == 0, "no mounts here");
        registry = Directory.open(Files.createDirectory(folder.resolve("registry")));
        pieces = Directory.open(Files.createDirectory(folder.resolve("reserve")));
        reserve = new Reserve(pieces);
        fixture.disk = Optional.of(registry);
        fixture.start();
        id = fixture.running();
    }

    @AfterEach
    void unmount() throws Exception {
        if (registry != null) {
            registry.close();
            pieces.close();
            assertThat(run("umount", folder.toString())).isZero();
        }
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    /// Others write until nothing more fits.
    private void fillUp() throws IOException {
        try (OutputStream out =
                Files.newOutputStream(folder.resolve("volume"), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (true) {
                out.write(BLOCK);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space");
        }
    }

    private int left() throws ErrnoException {
        return pieces.names(Reserve.PIECES + 1).size();
    }

    private void reserved() throws IOException {
        reserve.fill();
        assertThat(left()).isEqualTo(Reserve.PIECES);
        fixture.reserve = reserve;
        fixture.start();
        fillUp();
    }

    @Test
    @Tag("claim-H5")
    void withoutAReserve_aStopIsNotWrittenDown() throws Exception {
        fillUp();
        assertThat(fixture.perform(new HostOperation.StopInstance(id, 0)))
                .isEqualTo(new HostReply.Failed(new Label("state_directory"), 0));
    }

    @Test
    @Tag("claim-H5")
    void instance_isStoppedAndDestroyed_andItIsWrittenDown() throws Exception {
        reserved();
        assertThat(fixture.perform(new HostOperation.StopInstance(id, 0))).isInstanceOf(HostReply.Ended.class);
        fillUp();
        fixture.start();
        assertThat(fixture.stateOf(id)).contains(InstanceState.STOPPED);
        fixture.done(new HostOperation.DestroyInstance(id));
        fixture.start();
        assertThat(fixture.registry.all()).isEmpty();
        assertThat(left()).isBetween(1, Reserve.PIECES - 1);
    }

    /// The epoch of its sleeps outlives it, and takes room.
    @Test
    @Tag("claim-H5")
    void instanceThatSleeps_isDestroyed() throws Exception {
        fixture.done(new HostOperation.SleepInstance(id, true));
        reserved();
        fixture.done(new HostOperation.DestroyInstance(id));
        fixture.start();
        assertThat(fixture.registry.all()).isEmpty();
        assertThat(fixture.registry.epoch()).isPositive();
    }

    /// Its snapshot is used up only by a wake that was written down.
    @Test
    @Tag("claim-H5")
    void instanceThatSleeps_staysAsleep_andWakesWhenThereIsRoom() throws Exception {
        fixture.done(new HostOperation.SleepInstance(id, true));
        reserved();
        assertThat(fixture.perform(new HostOperation.WakeInstance(id))).isInstanceOf(HostReply.Failed.class);
        assertThat(left()).isEqualTo(Reserve.PIECES);
        fixture.start();
        assertThat(fixture.stateOf(id)).contains(InstanceState.SLEEPING);
        Files.delete(folder.resolve("volume"));
        fixture.done(new HostOperation.WakeInstance(id));
        assertThat(fixture.stateOf(id)).contains(InstanceState.RUNNING);
    }

    @Test
    @Tag("claim-H5")
    void hostdThatDiedWhileItStoppedOne_starts() throws Exception {
        reserved();
        fixture.machines.crashAfter(1);
        assertThatThrownBy(() -> fixture.perform(new HostOperation.StopInstance(id, 0)))
                .isInstanceOf(FakeMachines.Crash.class);
        fillUp();
        fixture.start();
        assertThat(fixture.stateOf(id)).contains(InstanceState.STOPPED);
    }

    /// An agent that asks for them again and again does not use it up.
    @Test
    @Tag("claim-H5")
    void whatTakesMore_getsNothingOfIt() throws Exception {
        reserved();
        for (int i = 2; i < 9; i++) {
            assertThat(fixture.perform(HostFixture.plan(new InstanceId("i-0000000" + i), i + 2)))
                    .isInstanceOf(HostReply.Failed.class);
            assertThat(fixture.perform(new HostOperation.SleepInstance(id, true)))
                    .isInstanceOf(HostReply.Failed.class);
        }
        assertThat(left()).isEqualTo(Reserve.PIECES);
    }

    @Test
    void reserve_isMadeAgain_asFarAsThereIsRoom() throws Exception {
        reserved();
        fixture.perform(new HostOperation.StopInstance(id, 0));
        fillUp();
        reserve.fill();
        int less = left();
        assertThat(less).isLessThan(Reserve.PIECES);
        Files.delete(folder.resolve("volume"));
        reserve.fill();
        assertThat(left()).isEqualTo(Reserve.PIECES);
        reserve.fill();
        assertThat(left()).isEqualTo(Reserve.PIECES);
    }

    /// Somebody takes each piece before it is used.
    @Test
    void roomThatIsTakenAtOnce_costsAFewPieces() throws Exception {
        reserved();
        assertThatThrownBy(() -> reserve.spend(() -> {
                    throw new ErrnoException("write", Errno.ENOSPC);
                }))
                .isInstanceOf(ErrnoException.class);
        assertThat(left()).isBetween(Reserve.PIECES - 5, Reserve.PIECES - 1);
        assertThatThrownBy(() -> reserve.spend(() -> {
                    throw new ErrnoException("write", Errno.EBADF);
                }))
                .isInstanceOf(ErrnoException.class);
        assertThat(left()).isGreaterThanOrEqualTo(Reserve.PIECES - 5);
    }
}
