package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.json.Json;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.firecracker.Answer;
import dev.mvm.protocol.firecracker.Command;
import dev.mvm.protocol.firecracker.DeviceId;
import dev.mvm.protocol.firecracker.NoContent;
import dev.mvm.protocol.firecracker.Operation;
import dev.mvm.protocol.firecracker.VmmPath;
import dev.mvm.testkit.firecracker.FileLoad.Option;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The files of a microVM: snapshot, kernel, disks, log and metrics.
final class StandInFilesTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String RESTORE = "Load snapshot error: Failed to restore from snapshot: ";
    private static final VmmPath STATE = new VmmPath("/io/s");
    private static final VmmPath MEMORY = new VmmPath("/io/m");

    @TempDir
    Path root;

    private final RecordingGuest guest = new RecordingGuest();

    private StandIn start(String version) throws IOException {
        return StandIn.start(StandIn.Setup.of(FirecrackerVersion.parse(version), StandInJail.prepare(root), guest));
    }

    private static ApiClient client(StandIn vmm) {
        return new ApiClient(vmm.apiSocket());
    }

    @SafeVarargs
    private static void done(StandIn vmm, Operation<NoContent>... commands) {
        for (var command : commands) {
            assertThat(client(vmm).call(command, PATIENCE)).isEqualTo(new Answer.Value<>(NoContent.DONE));
        }
    }

    private static String fault(StandIn vmm, Operation<NoContent> command) {
        return switch (client(vmm).call(command, PATIENCE)) {
            case Answer.Fault<NoContent>(var message) -> message;
            case Answer<NoContent> other -> throw new AssertionError(other);
        };
    }

    /// A snapshot of a microVM with 128 MiB and something in its memory, its process gone.
    private Jail snapshot(String version) throws Exception {
        try (var vmm = start(version)) {
            SampleCommands.CONFIGURATION.forEach(command -> done(vmm, command));
            done(vmm, new Command.InstanceStart());
            var memory = guest.machine().memory();
            memory.write(GuestMemory.PAGE, "one".getBytes(UTF_8));
            memory.write(memory.size() - 4, "last".getBytes(UTF_8));
            done(vmm, new Command.Pause(), SampleCommands.SNAPSHOT);
            vmm.kill();
            FirecrackerContract.removeSockets(vmm);
            return vmm.jail();
        }
    }

    private String loadFault(Operation<NoContent> load) throws Exception {
        try (var vmm = start("1.16.1")) {
            var fault = fault(vmm, load);
            assertThat(vmm.exit().get()).isEqualTo(1);
            Files.delete(vmm.apiSocket());
            assertThat(fault).startsWith(RESTORE);
            return fault.substring(RESTORE.length());
        }
    }

    @Test
    void memoryFile_holdsTheGuestsMemory() throws Exception {
        var jail = snapshot("1.16.1");
        var memory = Files.readAllBytes(jail.outside("/io/m"));
        assertThat(memory).hasSize(128 << 20);
        assertThat(new String(memory, GuestMemory.PAGE, 3, UTF_8)).isEqualTo("one");
        assertThat(new String(memory, memory.length - 4, 4, UTF_8)).isEqualTo("last");
    }

    @Test
    void diff_holdsOnlyWhatChangedSinceTheLastSnapshot() throws Exception {
        try (var vmm = start("1.16.1")) {
            SampleCommands.CONFIGURATION.forEach(command -> done(vmm, command));
            done(vmm, new Command.InstanceStart());
            var memory = guest.machine().memory();
            memory.write(0, "first".getBytes(UTF_8));
            done(vmm, new Command.Pause(), SampleCommands.SNAPSHOT);
            memory.write(GuestMemory.PAGE, "second".getBytes(UTF_8));
            var diff = RawRequest.diffSnapshot("/io/s2", "/io/m2");
            done(vmm, diff);
            var bytes = Files.readAllBytes(vmm.jail().outside("/io/m2"));
            assertThat(bytes).hasSize(128 << 20);
            assertThat(bytes[0]).isZero();
            assertThat(new String(bytes, GuestMemory.PAGE, 6, UTF_8)).isEqualTo("second");
        }
    }

    @Test
    void memoryFileThatChangesUnderneath_spoilsTheGuest() throws Exception {
        var jail = snapshot("1.16.1");
        try (var vmm = start("1.16.1")) {
            done(vmm, SampleCommands.load(Option.Flag.RESUME_VM));
            var memory = guest.machine().memory();
            try (var file = Files.newByteChannel(jail.outside("/io/m"), java.nio.file.StandardOpenOption.WRITE)) {
                file.position(GuestMemory.PAGE).write(java.nio.ByteBuffer.wrap("two".getBytes(UTF_8)));
            }
            assertThat(new String(memory.read(GuestMemory.PAGE, 3), UTF_8)).isEqualTo("two");
        }
    }

    @Test
    void unusableSnapshot_endsTheProcess() throws Exception {
        var jail = snapshot("1.16.1");
        var file = "Failed to get snapshot state from file: Failed to load snapshot state from file: ";
        var state = Files.readAllBytes(jail.outside("/io/s"));
        assertThat(state).hasSizeBetween(12_000, 14_000);

        Files.write(jail.outside("/io/s"), java.util.Arrays.copyOf(state, 4));
        assertThat(loadFault(SampleCommands.load())).isEqualTo(file + "IO Error: File too short to contain CRC");
        Files.write(jail.outside("/io/s"), java.util.Arrays.copyOf(state, 100));
        assertThat(loadFault(SampleCommands.load()))
                .isEqualTo(file + "An error occurred during bitcode serialization: bitcode error");
        var altered = state.clone();
        altered[altered.length - 20] = '\t';
        Files.write(jail.outside("/io/s"), altered);
        assertThat(loadFault(SampleCommands.load())).isEqualTo(file + "CRC64 validation failed");

        Files.write(jail.outside("/io/s"), state);
        Files.write(jail.outside("/io/m"), new byte[4_096]);
        assertThat(loadFault(SampleCommands.load()))
                .isEqualTo("Failed to load guest memory: Error creating guest memory from file: Failed to restore guest"
                        + " memory: Total sum of memory regions exceeds largest possible file offset");
        Files.delete(jail.outside("/io/m"));
        assertThat(loadFault(SampleCommands.load())).endsWith("No such file or directory (os error 2)");
    }

    @Test
    void whatARestoreNeeds_isMissedByIt() throws Exception {
        var jail = snapshot("1.16.1");
        Files.createFile(jail.outside("/io/v.sock"));
        assertThat(loadFault(SampleCommands.load()))
                .endsWith("Error binding to the host-side Unix socket: Address already in use (os error 98)");
        Files.delete(jail.outside("/io/v.sock"));
        assertThat(loadFault(SampleCommands.load(new Option.NetworkOverride(new DeviceId("e9"), "tapy"))))
                .endsWith("Unknown Network Device.");
        assertThat(loadFault(SampleCommands.WAKE))
                .endsWith("Failed to connect to UDS Unix stream: No such file or directory (os error 2)");
        Files.delete(jail.outside("/io/d.img"));
        try (var vmm = StandIn.start(StandIn.Setup.of(FirecrackerVersion.parse("1.16.1"), jail, guest))) {
            assertThat(fault(vmm, SampleCommands.load()))
                    .endsWith("Error manipulating the backing file: No such file or directory (os error 2) /io/d.img");
        }
    }

    @Test
    void overrides_takeTheirPlaceInTheConfiguration() throws Exception {
        snapshot("1.16.1");
        try (var vmm = start("1.16.1")) {
            done(
                    vmm,
                    SampleCommands.load(
                            new Option.NetworkOverride(new DeviceId("e0"), "tapy"),
                            new Option.VsockOverride(new VmmPath("/io/w.sock")),
                            Option.Flag.TRACK_DIRTY_PAGES));
            assertThat(vmm.jail().outside("/io/w.sock")).exists();
            assertThat(vmm.jail().outside("/io/v.sock")).doesNotExist();
            var config = client(vmm).call(RawRequest.CONFIG, PATIENCE).toString();
            assertThat(config).contains("tapy", "/io/w.sock").doesNotContain("tapz", "/io/v.sock");
        }
    }

    @Test
    void stateOfAnotherVersion_isRefused() throws Exception {
        snapshot("1.15.1");
        assertThat(loadFault(SampleCommands.load())).endsWith("Invalid data version: 9.0.0");
    }

    @Test
    void memoryFileThatCannotBeOpened_leavesTheMicrovmPaused() throws Exception {
        try (var vmm = start("1.16.1")) {
            done(vmm, SampleCommands.KERNEL, new Command.InstanceStart(), new Command.Pause());
            var snapshot = new Command.CreateSnapshot(STATE, new VmmPath("/io/none/m"));
            assertThat(fault(vmm, snapshot))
                    .isEqualTo("Create snapshot error: Cannot perform open on the memory backing file: No such file or"
                            + " directory (os error 2)");
            assertThat(vmm.jail().outside("/io/s")).exists();
            done(vmm, new Command.CreateSnapshot(STATE, MEMORY));
        }
    }

    @Test
    void bzImage_bootsFrom117On() throws Exception {
        var kernel = new byte[1_024];
        System.arraycopy("HdrS".getBytes(UTF_8), 0, kernel, 0x202, 4);
        for (var version : new String[] {"1.15.1", "1.16.1", "1.17.0-dev"}) {
            try (var vmm = start(version)) {
                Files.write(vmm.jail().outside("/img/vmlinux"), kernel);
                done(vmm, SampleCommands.KERNEL);
                if (version.equals("1.17.0-dev")) {
                    done(vmm, new Command.InstanceStart());
                } else {
                    assertThat(fault(vmm, new Command.InstanceStart())).endsWith("Invalid Elf magic number");
                }
                Files.delete(vmm.apiSocket());
            }
        }
    }

    @Test
    void metrics_areALineEachFlush() throws Exception {
        try (var vmm = start("1.16.1")) {
            SampleCommands.CONFIGURATION.forEach(command -> done(vmm, command));
            assertThat(fault(vmm, RawRequest.metrics("/io/m2.log")))
                    .endsWith("Reinitialization of metrics not allowed.");
            done(vmm, new Command.InstanceStart(), RawRequest.FLUSH_METRICS, RawRequest.FLUSH_METRICS);
            var lines = Files.readAllLines(vmm.jail().outside("/io/m.log"));
            assertThat(lines).hasSize(2);
            var metrics = Json.parseObject(lines.getFirst().getBytes(UTF_8), JsonLimits.foreign(1 << 16));
            assertThat(metrics.members()).containsKeys("utc_timestamp_ms", "vsock", "vcpu");
            assertThat(Files.readString(vmm.jail().outside("/io/fc.log"))).contains("START");
        }
    }
}
