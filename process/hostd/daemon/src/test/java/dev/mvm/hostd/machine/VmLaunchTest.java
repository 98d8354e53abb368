package dev.mvm.hostd.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.policy.Refusal;
import dev.mvm.linux.notify.ServiceManager;
import dev.mvm.model.Digest;
import dev.mvm.model.GuestRuntime;
import dev.mvm.model.InstanceState;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Rates;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.trust.Ceremony;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Each way in which a start can fail: nothing of the VM is left.
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class VmLaunchTest {
    @TempDir
    private Path folder;

    private VmFixture fixture;
    private List<String> before;

    @BeforeEach
    void setUp() throws Exception {
        fixture = new VmFixture(folder);
        before = fixture.descriptors();
    }

    @AfterEach
    void tearDown() throws Exception {
        fixture.close();
    }

    private void attach() {
        assertThat(fixture.perform(new HostOperation.AttachDrives(VmFixture.ID)))
                .isEqualTo(new HostReply.Done());
    }

    /// The launcher has the kernel limit the volume, the VMM limits its guest.
    @Test
    @Tag("claim-L7")
    void rates_reachLauncherAndVmm() {
        fixture.rates = new Rates(10, 300, 20, 5000);
        attach();
        assertThat(fixture.perform(new HostOperation.StartInstance(VmFixture.ID)))
                .as(fixture.log.toString())
                .isEqualTo(new HostReply.Done());
        assertThat(fixture.vmm.request).contains("\ndisk_mib=10\ndisk_requests=300\n");
        assertThat(fixture.calls.get("configure")).contains(" none 10 300 20 5000\n");
    }

    /// Operators have taken the runtime back: nothing boots with it, also where the revision is granted.
    @Test
    @Tag("claim-H1")
    void runtimeThatIsNotGranted_isNotAttached() {
        fixture.grantRuntimes(new GuestRuntime(Ceremony.SOME, Digest.of(new byte[] {2})));
        assertThat(fixture.perform(new HostOperation.AttachDrives(VmFixture.ID)))
                .isEqualTo(Refusal.RUNTIME_NOT_GRANTED.reply());
        fixture.grantRuntimes(Ceremony.RUNTIME);
        attach();
    }

    /// The grant has changed since: what is attached does not start.
    @Test
    @Tag("claim-H1")
    void runtimeThatIsNoLongerGranted_isNotStarted() {
        attach();
        fixture.grantRuntimes(new GuestRuntime(Ceremony.SOME, Digest.of(new byte[] {2})));
        assertThat(fixture.perform(new HostOperation.StartInstance(VmFixture.ID)))
                .isEqualTo(Refusal.NOT_PERMITTED_NOW.reply());
        assertThat(fixture.vmm.request).isEmpty();
        assertThat(fixture.perform(new HostOperation.AttachDrives(VmFixture.ID)))
                .isEqualTo(Refusal.RUNTIME_NOT_GRANTED.reply());
        fixture.grantRuntimes(Ceremony.RUNTIME);
        attach();
        assertThat(fixture.perform(new HostOperation.StartInstance(VmFixture.ID)))
                .isEqualTo(new HostReply.Done());
    }

    /// Attaches drives and starts the instance, which fails at `step`.
    private void assertStartFails(String step) throws Exception {
        attach();
        assertThat(fixture.perform(new HostOperation.StartInstance(VmFixture.ID)))
                .as(fixture.log.toString())
                .isInstanceOfSatisfying(
                        HostReply.Failed.class,
                        failed -> assertThat(failed.call().value()).isEqualTo(step));
        fixture.assertNothingLeft(before);
        assertThat(fixture.record().state()).isEqualTo(InstanceState.READY);
        assertThat(fixture.record().reason())
                .hasValueSatisfying(reason -> assertThat(reason.value()).isEqualTo(step));
    }

    @Test
    void vmThatStarts_runs_andLeavesNothingWhenItIsStopped() throws Exception {
        fixture.running();
        assertThat(fixture.vmm.lives()).isTrue();
        assertThat(fixture.links()).contains(fixture.record().slot().tap());
        fixture.vmm.closedConnections.acquire();
        assertThat(fixture.perform(new HostOperation.StopInstance(VmFixture.ID, 0)))
                .isEqualTo(new HostReply.Ended(HostReply.Ending.KILLED));
        fixture.assertNothingLeft(before);
    }

    @Test
    void strictPoolWithoutAFilter_startsNothing() throws Exception {
        fixture.flags.add(PoolFlag.STRICT);
        assertStartFails("no_filter");
    }

    @Test
    void tapThatCannotBeConnected_leavesNothing() throws Exception {
        fixture.onCall.put("start", fixture::removeBridges);
        assertStartFails("tap");
        fixture.vmm.closedConnections.acquire();
    }

    @ParameterizedTest
    @CsvSource({
        "error jail 13, launch_jail",
        "error cgroup 2, launch_cgroup",
        "error exec 2, launch_exec",
        "nonsense, launch"
    })
    void launcherThatRefuses_leavesNothing(String reply, String step) throws Exception {
        fixture.vmm.refusal = reply;
        assertStartFails(step);
        fixture.vmm.closedConnections.acquire();
    }

    @Test
    void guestPortThatCannotBeOpened_leavesNothing() throws Exception {
        fixture.engine.guestPortFails = true;
        assertStartFails("guest_port");
        fixture.vmm.closedConnections.acquire();
    }

    /// Without a record that names the process, the process does not become a VM.
    @Test
    void identityThatCannotBeWritten_leavesNothing() throws Exception {
        attach();
        fixture.vmm.onReady = () -> fixture.base.registryFiles.full = true;
        assertThat(fixture.perform(new HostOperation.StartInstance(VmFixture.ID)))
                .isInstanceOfSatisfying(
                        HostReply.Failed.class,
                        failed -> assertThat(failed.call().value()).isEqualTo("state_directory"));
        fixture.base.registryFiles.full = false;
        fixture.vmm.awaitEnd();
        assertThat(fixture.machines.guests().cpuMillis(VmFixture.ID)).isZero();
        fixture.vmm.closedConnections.acquire();
        fixture.vmm.release();
        VmFixture.await(() -> fixture.descriptors().equals(before));
    }

    @Test
    void descriptorsThatCannotBeKept_leaveNothing() throws Exception {
        fixture.manager = ServiceManager.from(
                Map.of("NOTIFY_SOCKET", folder.resolve("nobody").toString()));
        fixture.start(List.of());
        before = fixture.descriptors();
        assertStartFails("launch");
        assertThat(fixture.log).anyMatch(line -> line.contains("service manager"));
    }

    @Test
    void vmmThatEndsBeforeItListens_leavesNothing() throws Exception {
        fixture.vmm.listens = false;
        fixture.vmm.onGo = fixture.vmm::kill;
        assertStartFails("vmm");
    }

    @ParameterizedTest
    @ValueSource(strings = {"configure", "start"})
    void guestdThatEnds_leavesNothing(String call) throws Exception {
        fixture.guestd.put(call, "end");
        assertStartFails("vmm_api");
    }

    @ParameterizedTest
    @CsvSource({"configure, failed, vmm_api", "start, failed, vmm_api", "configure, other_version, vmm_version"})
    void vmmThatRefuses_leavesNothing(String call, String reply, String step) throws Exception {
        fixture.guestd.put(call, reply);
        assertStartFails(step);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--seccomp-filter", "--bounding-set"})
    void vmmOutsideOfItsJail_leavesNothing(String option) throws Exception {
        fixture.vmm.lacking.add(option);
        fixture.vmm.filtersItself = false;
        assertStartFails("jail_unproven");
        fixture.vmm.closedConnections.acquire();
    }

    @Test
    @Tag("claim-L5")
    void vmmWithoutAFilterOfItsOwn_leavesNothing() throws Exception {
        fixture.vmm.filtersItself = false;
        assertStartFails("jail_unproven");
        fixture.vmm.closedConnections.acquire();
    }

    @Test
    void vmmThatEndsWhenItShouldRun_leavesNothing() throws Exception {
        fixture.onCall.put("start", fixture.vmm::kill);
        assertStartFails("jail_unproven");
    }

    @Test
    void drivesThatAreAttachedAgain_replaceTheEarlier() {
        attach();
        var once = fixture.descriptors();
        attach();
        assertThat(fixture.descriptors()).isEqualTo(once);
    }
}
