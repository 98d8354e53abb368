package dev.mvm.hostd.machine;

import static dev.mvm.hostd.machine.VmFixture.ID;
import static dev.mvm.hostd.machine.VmFixture.kept;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.registry.Intent;
import dev.mvm.hostd.registry.VmIdentity;
import dev.mvm.hostd.service.ConnectionPool;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.model.InstanceState;
import dev.mvm.netd.NetdForTests;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A hostd that starts again over a VM of an earlier one, with all of its descriptors, some of them, or wrong ones.
@SuppressWarnings("MustBeClosedChecker") // hostd owns what it inherits
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class VmAdoptionTest {
    @TempDir
    private Path folder;

    private VmFixture fixture;
    private List<String> before;
    private Fd process;

    @BeforeEach
    void setUp() throws Exception {
        fixture = new VmFixture(folder);
        before = fixture.descriptors();
    }

    @AfterEach
    void tearDown() throws Exception {
        fixture.close();
    }

    /// Makes a VM that runs, as an earlier hostd left it.
    private void leftBehind(InstanceState state, Optional<Intent> intent) throws Exception {
        var record = fixture.record();
        fixture.vmm.serve(fixture.vmm.newDirectory());
        var network = fixture.base.trust.networkOf(record.address().tenant()).orElseThrow();
        NetdForTests.connect(network, record.slot());
        try (var pidfd = fixture.vmm.spawn()) {
            process = pidfd.fd().duplicate();
            record = record.begun(Intent.START).launched(identity()).booted(1);
            record = record.reached(state, Optional.empty());
            fixture.base.registry.put(intent.isPresent() ? record.begun(intent.get()) : record);
        }
    }

    private VmIdentity identity() throws Exception {
        try (var fd = process.duplicate();
                var pidfd = Pidfd.own(fd.move())) {
            return new Processes(
                            new Launcher(new ConnectionPool("nobody", UnixAddress.at(Path.of("/nothing")), 0, _ -> {})))
                    .identify(pidfd, Processes.NO_CGROUP);
        }
    }

    private void restart(InheritedFds.Named... inherited) throws Exception {
        process.close();
        fixture.start(List.of(inherited));
        fixture.recover();
    }

    private InheritedFds.Named io() throws Exception {
        return kept("io", fixture.vmm.directory());
    }

    private InheritedFds.Named vm() {
        return kept("vm", process.move());
    }

    private void assertLost(String reason) throws Exception {
        if (process.isOpen()) {
            process.close();
        }
        fixture.vmm.awaitEnd();
        fixture.assertNothingLeft(before);
        assertThat(fixture.record().state()).isEqualTo(InstanceState.STOPPED);
        assertThat(fixture.record().reason())
                .hasValueSatisfying(label -> assertThat(label.value()).isEqualTo(reason));
    }

    @Test
    void vmThatStillRuns_isAdopted() throws Exception {
        leftBehind(InstanceState.RUNNING, Optional.empty());
        restart(io());
        assertThat(fixture.record().state()).isEqualTo(InstanceState.RUNNING);
        assertThat(fixture.vmm.lives()).isTrue();
        assertThat(fixture.links()).contains(fixture.record().slot().tap());
        fixture.vmm.dial();
        VmFixture.await(() -> fixture.machines.guests().guest(ID).connected());
    }

    @Test
    void pauseThatWasInterrupted_isAskedOfTheVmm() throws Exception {
        leftBehind(InstanceState.RUNNING, Optional.of(Intent.PAUSE));
        fixture.guestd.put("state", "paused");
        restart(io());
        assertThat(fixture.record().state()).isEqualTo(InstanceState.WARM);
    }

    @Test
    void processWithoutItsDirectory_isEnded() throws Exception {
        leftBehind(InstanceState.RUNNING, Optional.empty());
        restart();
        assertLost("vmm_lost");
    }

    /// As a hostd of an earlier package kept it.
    @Test
    void descriptorOfTheProcess_isNotNeeded_andClosed() throws Exception {
        leftBehind(InstanceState.RUNNING, Optional.empty());
        var kept = vm();
        restart(io(), kept);
        assertThat(fixture.record().state()).isEqualTo(InstanceState.RUNNING);
        assertThat(kept.fd().isOpen()).isFalse();
    }

    @Test
    void processThatHasEnded_isLost() throws Exception {
        leftBehind(InstanceState.RUNNING, Optional.empty());
        fixture.vmm.kill();
        restart(io());
        assertLost("vmm_lost");
    }

    @Test
    void vmWithoutItsTap_isLost() throws Exception {
        leftBehind(InstanceState.RUNNING, Optional.empty());
        fixture.networks.disconnect(fixture.record().slot());
        restart(io());
        assertLost("vmm_lost");
    }

    @Test
    void vmOutsideOfItsJail_isEnded() throws Exception {
        fixture.vmm.lacking.add("--bounding-set");
        leftBehind(InstanceState.RUNNING, Optional.empty());
        restart(io());
        assertLost("vmm_lost");
        assertThat(fixture.log).anyMatch(line -> line.contains("jail_unproven"));
    }

    /// A guest port that a VMM keeps hostd from opening costs that VM and no other.
    @Test
    void vmWhoseGuestPortCannotBeOpened_isEnded() throws Exception {
        leftBehind(InstanceState.RUNNING, Optional.empty());
        fixture.engine.guestPortFails = true;
        restart(io());
        assertLost("vmm_lost");
    }

    @Test
    void vmmThatDoesNotSayWhetherItIsPaused_isEnded() throws Exception {
        leftBehind(InstanceState.RUNNING, Optional.of(Intent.PAUSE));
        fixture.guestd.put("state", "end");
        restart(io());
        assertLost("vmm_lost");
    }

    @Test
    void sealingThatWasInterrupted_isStopped_andTheDeviceComesBack() throws Exception {
        leftBehind(InstanceState.WARM, Optional.of(Intent.SLEEP));
        fixture.guestd.put("state", "paused");
        restart(io(), kept("sealer", fixture.otherSealer("refused code=stopped")));
        assertThat(fixture.record().state()).isEqualTo(InstanceState.WARM);
        VmFixture.await(() -> fixture.sleeps());
    }

    @Test
    void sealerThatStillBringsMemory_isFollowed_andItsFailureEndsTheVm() throws Exception {
        leftBehind(InstanceState.RUNNING, Optional.empty());
        restart(io(), kept("sealer", fixture.endedSealer()));
        VmFixture.await(() -> !fixture.vmm.lives());
        fixture.host.ended(ID);
        fixture.vmm.awaitEnd();
        fixture.assertNothingLeft(before);
    }

    @Test
    void deviceThatWasKept_isTheVmsAgain() throws Exception {
        leftBehind(InstanceState.RUNNING, Optional.empty());
        restart(io(), kept("snap", Fd.open(Path.of("/dev/fuse"), OpenFlag.READ_WRITE)));
        assertThat(fixture.sleeps()).isTrue();
    }
}
