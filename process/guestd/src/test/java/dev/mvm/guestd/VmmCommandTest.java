package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.FirecrackerVersion;
import dev.mvm.model.NetId;
import dev.mvm.model.Rates;
import dev.mvm.model.Slot;
import dev.mvm.protocol.firecracker.Answer;
import dev.mvm.protocol.firecracker.FirecrackerClient;
import dev.mvm.protocol.firecracker.NoContent;
import dev.mvm.protocol.firecracker.VmmPath;
import dev.mvm.protocol.guestd.Report;
import dev.mvm.protocol.guestd.VmmCommand;
import dev.mvm.testkit.firecracker.FileLoad;
import dev.mvm.testkit.firecracker.Guest;
import dev.mvm.testkit.firecracker.Jail;
import dev.mvm.testkit.firecracker.Machine;
import dev.mvm.testkit.firecracker.StandIn;
import dev.mvm.testkit.firecracker.UnixConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// Every command of hostd to a VMM, on a stand-in that answers as the recordings of each version do.
@ParameterizedClass
@ValueSource(strings = {"1.15.1", "1.16.1", "1.17.0-dev"})
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown()
final class VmmCommandTest {
    private static final VmmCommand.Configure CONFIGURE = configure(false);

    @Parameter
    String version;

    @TempDir
    Path root;

    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private RunningGuestd guestd;
    private StandIn vmm;

    @BeforeEach
    void setUp() throws IOException {
        for (var folder : List.of("io", "snap")) {
            Files.createDirectory(root.resolve(folder));
        }
        Files.write(root.resolve("kernel"), "\u007fELF".getBytes(US_ASCII));
        Files.write(root.resolve("rootfs"), new byte[512]);
        Files.write(root.resolve("drive"), new byte[4_096]);
        guestd = new RunningGuestd(root);
        vmm = start();
    }

    @AfterEach
    void tearDown() throws IOException {
        vmm.close();
        guestd.close();
        assertThat(vmm.guestFailures()).isEmpty();
    }

    private final class Reporting implements Guest {
        @Override
        public void started(Machine machine) {
            events.add("started");
        }

        @Override
        public void restored(Machine machine) {
            events.add("restored");
        }

        @Override
        public Optional<Service> listener(int port) {
            return Optional.empty();
        }
    }

    private static VmmCommand.Configure configure(boolean volume) {
        return new VmmCommand.Configure(
                1,
                4,
                new Slot(new NetId(0), 3),
                new VmmCommand.Disks(false, volume),
                Rates.UNLIMITED,
                "console=ttyS0 mvm.id=i-00000001");
    }

    private StandIn start() throws IOException {
        var setup = StandIn.Setup.of(FirecrackerVersion.parse(version), new Jail(root), new Reporting());
        return StandIn.start(setup);
    }

    /// Ends the process and starts another one.
    private void startAfresh() throws Exception {
        vmm.kill();
        vmm.exit().get(RunningGuestd.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        Files.delete(vmm.apiSocket());
        Files.deleteIfExists(root.resolve("io/v.sock"));
        vmm = start();
    }

    private Report.Word tell(VmmCommand command) throws IOException {
        return guestd.ask(vmm.apiSocket(), command, RunningGuestd.PATIENCE, FirecrackerVersion.parse(version));
    }

    private void done(VmmCommand... commands) throws IOException {
        for (var command : commands) {
            assertThat(tell(command)).as("%s, %s", command, guestd.journal).isEqualTo(Report.Word.DONE);
        }
    }

    private String event() throws InterruptedException {
        var event = events.poll(RunningGuestd.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return event == null ? "none" : event;
    }

    @Test
    void life_isLedByItsCommands() throws Exception {
        done(CONFIGURE);
        assertThat(events).isEmpty();
        done(new VmmCommand.Start());
        assertThat(event()).isEqualTo("started");
        assertThat(tell(new VmmCommand.State())).isEqualTo(Report.Word.RUNNING);
        done(new VmmCommand.Pause(), new VmmCommand.Pause());
        assertThat(tell(new VmmCommand.State())).isEqualTo(Report.Word.PAUSED);
        done(new VmmCommand.Resume());
        assertThat(tell(new VmmCommand.State())).isEqualTo(Report.Word.RUNNING);
        assertThat(guestd.journal).isEmpty();
    }

    @Test
    void configure_givesTheGuestItsVolumeOnlyWhenItHasOne() throws Exception {
        Files.delete(root.resolve("drive"));
        done(CONFIGURE);
        startAfresh();
        var volume = configure(true);
        assertThat(tell(volume)).isEqualTo(Report.Word.FAILED);
        assertThat(guestd.journal).singleElement().asString().contains("configure: Drive was answered Fault");
        startAfresh();
        Files.write(root.resolve("drive"), new byte[4_096]);
        assertThat(tell(volume)).isEqualTo(Report.Word.DONE);
    }

    /// The state file is written where the way to resume includes a snapshot.
    @Test
    void resume_takesTheWayThatTheVersionNeeds() throws Exception {
        done(CONFIGURE, new VmmCommand.Start(), new VmmCommand.Pause(), new VmmCommand.Resume());
        assertThat(Files.exists(root.resolve("io/state"))).isEqualTo(version.equals("1.16.1"));
        assertThat(root.resolve("io/nowhere")).doesNotExist();
    }

    @Test
    void otherVersion_isNotConfiguredAndNotLoaded() throws Exception {
        var another = FirecrackerVersion.parse("1.14.4");
        for (var command : List.of(CONFIGURE, new VmmCommand.Load())) {
            assertThat(guestd.ask(vmm.apiSocket(), command, RunningGuestd.PATIENCE, another))
                    .isEqualTo(Report.Word.OTHER_VERSION);
        }
        assertThat(guestd.journal)
                .containsExactly(
                        "vmm call 1, configure: it is " + version + " and not 1.14.4",
                        "vmm call 2, load: it is " + version + " and not 1.14.4");
        done(CONFIGURE); // nothing was done before
    }

    @Test
    void vmmThatIsNotFresh_isNeitherConfiguredNorLoaded() throws Exception {
        done(CONFIGURE, new VmmCommand.Start());
        assertThat(tell(CONFIGURE)).isEqualTo(Report.Word.FAILED);
        assertThat(tell(new VmmCommand.Load())).isEqualTo(Report.Word.FAILED);
        assertThat(guestd.journal).hasSize(2).allMatch(line -> line.endsWith(": it has been started before"));
    }

    @Test
    void commandsOutOfTurn_fail() throws Exception {
        for (var command : List.of(
                new VmmCommand.Start(),
                new VmmCommand.Pause(),
                new VmmCommand.Resume(),
                new VmmCommand.State(),
                new VmmCommand.Save(),
                new VmmCommand.GoOn(new VmmCommand.Disks(false, false), Rates.UNLIMITED))) {
            assertThat(tell(command)).as("%s", command).isEqualTo(Report.Word.FAILED);
        }
        done(CONFIGURE, new VmmCommand.Start());
        assertThat(tell(new VmmCommand.Start())).isEqualTo(Report.Word.FAILED);
        assertThat(tell(new VmmCommand.Save())).isEqualTo(Report.Word.FAILED);
        assertThat(guestd.journal).hasSize(8);
    }

    @Test
    void save_leavesStateAndMemoryAndTheGuestPaused() throws Exception {
        done(CONFIGURE, new VmmCommand.Start(), new VmmCommand.Pause(), new VmmCommand.Save());
        assertThat(tell(new VmmCommand.State())).isEqualTo(Report.Word.PAUSED);
        assertThat(root.resolve("snap/vmstate")).isNotEmptyFile();
        assertThat(root.resolve("snap/memory")).hasSize(4L << 20);
    }

    /// The stand-in has no userfaultfd: a load by other means leaves the same state here.
    @Test
    void goOn_letsALoadedGuestRun() throws Exception {
        done(CONFIGURE, new VmmCommand.Start(), new VmmCommand.Pause(), new VmmCommand.Save());
        assertThat(event()).isEqualTo("started");
        startAfresh();
        var load = new FileLoad(new VmmPath("/snap/vmstate"), new VmmPath("/snap/memory"), List.of());
        try (var connection = UnixConnection.open(vmm.apiSocket())) {
            long deadline = System.nanoTime() + RunningGuestd.PATIENCE.toNanos();
            assertThat(new FirecrackerClient(connection).call(load, deadline))
                    .isEqualTo(new Answer.Value<>(NoContent.DONE));
        }
        assertThat(tell(new VmmCommand.State())).isEqualTo(Report.Word.PAUSED);
        done(new VmmCommand.GoOn(new VmmCommand.Disks(false, false), Rates.UNLIMITED));
        assertThat(event()).isEqualTo("restored");
        assertThat(tell(new VmmCommand.State())).isEqualTo(Report.Word.RUNNING);
    }

    @Test
    void loadWithoutSomebodyForTheFaults_failsAndEndsTheVmm() throws Exception {
        done(CONFIGURE, new VmmCommand.Start(), new VmmCommand.Pause(), new VmmCommand.Save());
        startAfresh();
        assertThat(tell(new VmmCommand.Load())).isEqualTo(Report.Word.FAILED);
        assertThat(guestd.journal)
                .singleElement()
                .asString()
                .contains("load: LoadSnapshot was answered Fault")
                .contains("Failed to connect to UDS Unix stream");
        assertThat(vmm.exit().get(RunningGuestd.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isEqualTo(1);
    }
}
