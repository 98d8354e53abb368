package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.firecracker.Answer;
import dev.mvm.protocol.firecracker.FirecrackerClient;
import dev.mvm.protocol.firecracker.NoContent;
import dev.mvm.protocol.firecracker.VmmPath;
import dev.mvm.protocol.guestd.Report.Word;
import dev.mvm.protocol.guestd.VmmCall;
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

/// Every word of hostd's about a VMM, on a stand-in that answers as the recordings of each version do.
@ParameterizedClass
@ValueSource(strings = {"1.15.1", "1.16.1", "1.17.0-dev"})
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown()
final class VmmCallTest {
    private static final String ARGUMENTS = "1 4 tn0i3 02:fc:00:00:00:03 none\nconsole=ttyS0 mvm.id=i-00000001";

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

    private StandIn start() throws IOException {
        var setup = StandIn.Setup.of(FirecrackerVersion.parse(version), new Jail(root), new Reporting());
        return StandIn.start(setup);
    }

    /// The process ends, and another one is there.
    private void startAfresh() throws Exception {
        vmm.kill();
        vmm.exit().get(RunningGuestd.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        Files.delete(vmm.apiSocket());
        Files.deleteIfExists(root.resolve("io/v.sock"));
        vmm = start();
    }

    private Word tell(VmmCall word) throws IOException {
        return tell(word, word == VmmCall.CONFIGURE ? ARGUMENTS : "");
    }

    private Word tell(VmmCall word, String arguments) throws IOException {
        return guestd.ask(vmm.apiSocket(), word, RunningGuestd.PATIENCE, version, arguments);
    }

    private void done(VmmCall... words) throws IOException {
        for (var word : words) {
            assertThat(tell(word)).as("%s, %s", word, guestd.journal).isEqualTo(Word.DONE);
        }
    }

    private String event() throws InterruptedException {
        var event = events.poll(RunningGuestd.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return event == null ? "none" : event;
    }

    @Test
    void life_isLedByItsWords() throws Exception {
        done(VmmCall.CONFIGURE);
        assertThat(events).isEmpty();
        done(VmmCall.START);
        assertThat(event()).isEqualTo("started");
        assertThat(tell(VmmCall.STATE)).isEqualTo(Word.RUNNING);
        done(VmmCall.PAUSE, VmmCall.PAUSE);
        assertThat(tell(VmmCall.STATE)).isEqualTo(Word.PAUSED);
        done(VmmCall.RESUME);
        assertThat(tell(VmmCall.STATE)).isEqualTo(Word.RUNNING);
        assertThat(guestd.journal).isEmpty();
    }

    @Test
    void configure_givesTheGuestItsVolumeOnlyWhenItHasOne() throws Exception {
        Files.delete(root.resolve("drive"));
        done(VmmCall.CONFIGURE);
        startAfresh();
        var volume = ARGUMENTS.replace("none", "volume");
        assertThat(tell(VmmCall.CONFIGURE, volume)).isEqualTo(Word.FAILED);
        assertThat(guestd.journal).singleElement().asString().contains("configure: Drive was answered Fault");
        startAfresh();
        Files.write(root.resolve("drive"), new byte[4_096]);
        assertThat(tell(VmmCall.CONFIGURE, volume)).isEqualTo(Word.DONE);
    }

    /// The state file is written where a snapshot is asked for on the way.
    @Test
    void resume_takesTheWayThatTheVersionNeeds() throws Exception {
        done(VmmCall.CONFIGURE, VmmCall.START, VmmCall.PAUSE, VmmCall.RESUME);
        assertThat(Files.exists(root.resolve("io/state"))).isEqualTo(version.equals("1.16.1"));
        assertThat(root.resolve("io/nowhere")).doesNotExist();
    }

    @Test
    void otherVersion_isNotConfiguredAndNotLoaded() throws Exception {
        for (var word : List.of(VmmCall.CONFIGURE, VmmCall.LOAD)) {
            var arguments = word == VmmCall.CONFIGURE ? ARGUMENTS : "";
            assertThat(guestd.ask(vmm.apiSocket(), word, RunningGuestd.PATIENCE, "1.14.4", arguments))
                    .isEqualTo(Word.OTHER_VERSION);
        }
        assertThat(guestd.journal)
                .containsExactly(
                        "vmm call 1, configure: it is " + version + " and not 1.14.4",
                        "vmm call 2, load: it is " + version + " and not 1.14.4");
        done(VmmCall.CONFIGURE); // nothing was done before
    }

    @Test
    void vmmThatIsNotFresh_isNeitherConfiguredNorLoaded() throws Exception {
        done(VmmCall.CONFIGURE, VmmCall.START);
        assertThat(tell(VmmCall.CONFIGURE)).isEqualTo(Word.FAILED);
        assertThat(tell(VmmCall.LOAD)).isEqualTo(Word.FAILED);
        assertThat(guestd.journal).hasSize(2).allMatch(line -> line.endsWith(": it has been started before"));
    }

    @Test
    void wordsOutOfTurn_fail() throws Exception {
        for (var word :
                List.of(VmmCall.START, VmmCall.PAUSE, VmmCall.RESUME, VmmCall.STATE, VmmCall.SAVE, VmmCall.GO_ON)) {
            assertThat(tell(word)).as("%s", word).isEqualTo(Word.FAILED);
        }
        done(VmmCall.CONFIGURE, VmmCall.START);
        assertThat(tell(VmmCall.START)).isEqualTo(Word.FAILED);
        assertThat(tell(VmmCall.SAVE)).isEqualTo(Word.FAILED);
        assertThat(guestd.journal).hasSize(8);
    }

    @Test
    void save_leavesStateAndMemoryAndTheGuestPaused() throws Exception {
        done(VmmCall.CONFIGURE, VmmCall.START, VmmCall.PAUSE, VmmCall.SAVE);
        assertThat(tell(VmmCall.STATE)).isEqualTo(Word.PAUSED);
        assertThat(root.resolve("snap/vmstate")).isNotEmptyFile();
        assertThat(root.resolve("snap/memory")).hasSize(4L << 20);
    }

    /// The stand-in has no userfaultfd: what is loaded here by other means is what a load leaves.
    @Test
    void goOn_letsALoadedGuestRun() throws Exception {
        done(VmmCall.CONFIGURE, VmmCall.START, VmmCall.PAUSE, VmmCall.SAVE);
        assertThat(event()).isEqualTo("started");
        startAfresh();
        var load = new FileLoad(new VmmPath("/snap/vmstate"), new VmmPath("/snap/memory"), List.of());
        try (var connection = UnixConnection.open(vmm.apiSocket())) {
            long deadline = System.nanoTime() + RunningGuestd.PATIENCE.toNanos();
            assertThat(new FirecrackerClient(connection).call(load, deadline))
                    .isEqualTo(new Answer.Value<>(NoContent.DONE));
        }
        assertThat(tell(VmmCall.STATE)).isEqualTo(Word.PAUSED);
        done(VmmCall.GO_ON);
        assertThat(event()).isEqualTo("restored");
        assertThat(tell(VmmCall.STATE)).isEqualTo(Word.RUNNING);
    }

    @Test
    void loadWithoutSomebodyForTheFaults_failsAndEndsTheVmm() throws Exception {
        done(VmmCall.CONFIGURE, VmmCall.START, VmmCall.PAUSE, VmmCall.SAVE);
        startAfresh();
        assertThat(tell(VmmCall.LOAD)).isEqualTo(Word.FAILED);
        assertThat(guestd.journal)
                .singleElement()
                .asString()
                .contains("load: LoadSnapshot was answered Fault")
                .contains("Failed to connect to UDS Unix stream");
        assertThat(vmm.exit().get(RunningGuestd.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isEqualTo(1);
    }
}
