package dev.mvm.testkit.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.json.Json;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.firecracker.Answer;
import dev.mvm.protocol.firecracker.Command;
import dev.mvm.protocol.firecracker.FirecrackerClient;
import dev.mvm.protocol.firecracker.InstanceInfo;
import dev.mvm.protocol.firecracker.NoContent;
import dev.mvm.protocol.firecracker.Operation;
import dev.mvm.protocol.firecracker.Query;
import dev.mvm.protocol.firecracker.VmmPath;
import dev.mvm.protocol.firecracker.WarmResume;
import dev.mvm.testkit.firecracker.FileLoad.Option;
import dev.mvm.testkit.firecracker.SampleCommands.Phase;
import dev.mvm.testkit.firecracker.Transcript.Line;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Contract of Firecracker by version, checked from outside. A subclass starts the process: as a stand-in, or
/// for real on a host that can, in a jail or mount namespace of its own, since the recorded requests name `/img` and
/// `/io`.
public abstract class FirecrackerContract {
    /// Longer than anything takes on a slow machine.
    protected static final Duration PATIENCE = Duration.ofMinutes(2);

    /// The ways in which Firecracker says that a request came out of turn.
    private static final Set<FaultKind> REFUSALS = EnumSet.of(
            FaultKind.NOT_STARTED,
            FaultKind.ALREADY_STARTED,
            FaultKind.NO_HOTPLUG,
            FaultKind.SNAPSHOT_WHILE_RUNNING,
            FaultKind.LOAD_NOT_FRESH,
            FaultKind.START);

    /// Returns the root directory of the VMM under test.
    @TempDir
    protected Path root;

    /// For subclasses.
    protected FirecrackerContract() {}

    /// The version under test.
    protected abstract FirecrackerVersion version();

    /// Starts a fresh VMM.
    ///
    /// @param jail has `/img` with `vmlinux` and `g.cpio`, `/io` with `d.img`, and `/io/small`, which does not have
    ///     room for a memory file
    protected abstract VmmProcess start(Jail jail) throws IOException;

    /// Puts a kernel that boots, its initrd and the directory without room in place. The stand-in looks at no more
    /// than the kernel's first bytes.
    protected abstract Jail prepare(Path root) throws IOException;

    @Test
    protected void recordedExchanges_areAnsweredAsRecorded() throws Exception {
        var jail = prepare(root);
        var lines = Transcript.of(version().toString());
        assertThat(lines.stream().filter(Line.Exchange.class::isInstance)).hasSize(83);
        TranscriptReplay.of(lines, () -> start(jail));
    }

    /// Cleans up before the next process starts, as its starter must.
    protected static void removeSockets(VmmProcess vmm) throws IOException {
        Files.deleteIfExists(vmm.apiSocket());
        Files.deleteIfExists(vmm.jail().outside("/io/v.sock"));
    }

    private ApiClient client(VmmProcess vmm) {
        return new ApiClient(vmm.apiSocket());
    }

    @SafeVarargs
    private static void done(ApiClient client, Operation<NoContent>... commands) {
        for (var command : commands) {
            assertThat(client.call(command, PATIENCE)).as("%s", command).isEqualTo(new Answer.Value<>(NoContent.DONE));
        }
    }

    private static InstanceInfo.State state(ApiClient client) {
        return switch (client.call(new Query.DescribeInstance(), PATIENCE)) {
            case Answer.Value<InstanceInfo>(var info) -> info.state();
            case Answer<InstanceInfo> other -> throw new AssertionError(other);
        };
    }

    @Test
    protected void client_bootsAVmFromFirstToLast() throws Exception {
        try (var vmm = start(prepare(root))) {
            var client = client(vmm);
            assertThat(client.call(RawRequest.VERSION, PATIENCE))
                    .isEqualTo(new Answer.Value<>(Json.object()
                            .put("firecracker_version", version().toString())
                            .end()));
            assertThat(state(client)).isEqualTo(InstanceInfo.State.NOT_STARTED);
            SampleCommands.CONFIGURATION.forEach(command -> done(client, command));
            done(client, new Command.InstanceStart());
            assertThat(state(client)).isEqualTo(InstanceInfo.State.RUNNING);
            done(client, RawRequest.FLUSH_METRICS, SampleCommands.MOVED_DRIVE, new Command.Pause());
            assertThat(state(client)).isEqualTo(InstanceInfo.State.PAUSED);
            assertThat(client.call(RawRequest.CONFIG, PATIENCE))
                    .isInstanceOfSatisfying(
                            Answer.Value.class,
                            config ->
                                    assertThat(config.value().toString()).contains("tapz", "/io/d.img", "/io/v.sock"));
            assertThat(Files.readAllLines(vmm.jail().outside("/io/m.log"))).isNotEmpty();
            done(client, new Command.Resume(), RawRequest.CTRL_ALT_DEL);
            assertThat(vmm.exit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isZero();
            assertThatThrownBy(() -> client.call(new Command.Pause(), PATIENCE))
                    .isInstanceOf(UncheckedIOException.class);
        }
    }

    /// Also after a fault the next request is answered.
    @Test
    protected void oneConnection_servesRequestsInTurn() throws Exception {
        try (var vmm = start(prepare(root));
                var connection = UnixConnection.open(vmm.apiSocket())) {
            var client = new FirecrackerClient(connection);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            var done = new Answer.Value<>(NoContent.DONE);
            assertThat(client.call(new Command.Pause(), deadline)).isInstanceOf(Answer.Fault.class);
            for (var command : SampleCommands.CONFIGURATION) {
                assertThat(client.call(command, deadline)).as("%s", command).isEqualTo(done);
            }
            for (var command : List.of(new Command.InstanceStart(), new Command.Pause(), SampleCommands.SNAPSHOT)) {
                assertThat(client.call(command, deadline)).as("%s", command).isEqualTo(done);
            }
            assertThat(client.call(new Query.DescribeInstance(), deadline))
                    .isInstanceOfSatisfying(
                            Answer.Value.class,
                            value -> assertThat(value.value())
                                    .isEqualTo(new InstanceInfo(
                                            "anonymous-instance", version(), InstanceInfo.State.PAUSED)));
        }
    }

    @Test
    protected void everyOperation_isAllowedExactlyWhenItsTableSays() throws Exception {
        var jail = prepare(root);
        for (var phase : Phase.values()) {
            for (var entry : SampleCommands.of(version()).entrySet()) {
                var operation = entry.getKey();
                try (var vmm = start(jail)) {
                    var client = client(vmm);
                    reach(client, phase);
                    var answer = client.call(operation, PATIENCE);
                    boolean refused =
                            answer instanceof Answer.Fault<?>(var message) && REFUSALS.contains(FaultKind.of(message));
                    assertThat(refused)
                            .as("%s in %s is answered %s", operation, phase, answer)
                            .isEqualTo(!entry.getValue().contains(phase));
                    vmm.kill();
                    vmm.exit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                    removeSockets(vmm);
                }
            }
        }
    }

    private static void reach(ApiClient client, Phase phase) {
        switch (phase) {
            case FRESH -> {}
            case CONFIGURED -> done(client, SampleCommands.KERNEL);
            case RUNNING -> done(client, SampleCommands.KERNEL, SampleCommands.DRIVE, new Command.InstanceStart());
            case PAUSED -> {
                reach(client, Phase.RUNNING);
                done(client, new Command.Pause());
            }
        }
    }

    /// A newer client's request to this version is refused exactly where the table of features says so.
    @Test
    protected void features_areUnderstoodExactlyWhereTheTableSays() throws Exception {
        var jail = prepare(root);
        for (var entry : SampleCommands.FEATURES.entrySet()) {
            try (var vmm = start(jail)) {
                var newest = new ApiClient(vmm.apiSocket());
                var answer = newest.call(entry.getKey(), PATIENCE);
                boolean understood = !(answer instanceof Answer.Fault<?>(var message))
                        || FaultKind.of(message) != FaultKind.MALFORMED_REQUEST;
                assertThat(understood)
                        .as("%s is answered %s", entry.getKey(), answer)
                        .isEqualTo(version().release() >= entry.getValue().release());
                vmm.kill();
                removeSockets(vmm);
            }
        }
    }

    @Test
    protected void snapshot_isLoadedByANewProcess() throws Exception {
        var jail = prepare(root);
        try (var first = start(jail)) {
            var client = client(first);
            SampleCommands.CONFIGURATION.forEach(command -> done(client, command));
            done(client, new Command.InstanceStart(), new Command.Pause(), SampleCommands.SNAPSHOT);
            assertThat(jail.outside("/io/m")).hasSize(128L << 20);
            first.kill();
            first.exit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            removeSockets(first);
        }
        try (var second = start(jail)) {
            var client = client(second);
            done(client, SampleCommands.load(Option.Flag.CLOCK_REALTIME));
            assertThat(state(client)).isEqualTo(InstanceInfo.State.PAUSED);
            done(client, SampleCommands.MOVED_DRIVE, new Command.Resume());
            assertThat(state(client)).isEqualTo(InstanceInfo.State.RUNNING);
            assertThat(client.call(SampleCommands.load(), PATIENCE))
                    .isEqualTo(new Answer.Fault<>(FaultException.POSTBOOT));
        }
    }

    @Test
    protected void failedLoad_endsTheProcess() throws Exception {
        try (var vmm = start(prepare(root))) {
            var answer = client(vmm).call(SampleCommands.load(), PATIENCE);
            assertThat(answer)
                    .isInstanceOfSatisfying(
                            Answer.Fault.class,
                            fault -> assertThat(FaultKind.of(fault.message())).isEqualTo(FaultKind.LOAD));
            assertThat(vmm.exit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(1);
        }
    }

    @Test
    protected void warmResume_goesThrough() throws Exception {
        try (var vmm = start(prepare(root))) {
            var client = client(vmm);
            reach(client, Phase.PAUSED);
            var plan = WarmResume.plan(version(), new VmmPath("/io/away"), new VmmPath("/io/none/memory"));
            for (var step : plan) {
                var answer = client.call(step.command(), PATIENCE);
                assertThat(step.goesOn(answer)).as("%s to %s", answer, step).isTrue();
            }
            assertThat(state(client)).isEqualTo(InstanceInfo.State.RUNNING);
        }
    }
}
