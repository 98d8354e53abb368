package dev.mvm.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.firecracker.Answer;
import dev.mvm.protocol.firecracker.Command;
import dev.mvm.protocol.firecracker.NoContent;
import dev.mvm.protocol.firecracker.Operation;
import dev.mvm.protocol.firecracker.VmmPath;
import dev.mvm.protocol.firecracker.WarmResume;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// Vsock as it was measured on these versions.
@ParameterizedClass
@ValueSource(strings = {"1.15.1", "1.16.1", "1.17.0-dev"})
final class StandInVsockTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String CONNECT = "CONNECT 1024\n";
    private static final String OK = "OK 1073741824\n";
    private static final Command PAUSE = new Command.Pause();
    private static final Command RESUME = new Command.Resume();

    @Parameter
    String version;

    @TempDir
    Path root;

    private final RecordingGuest guest = new RecordingGuest();
    private StandIn vmm;

    @BeforeEach
    void boot() throws Exception {
        vmm = start(guest, Set.of());
        SampleCommands.CONFIGURATION.forEach(this::send);
        send(new Command.InstanceStart());
        assertThat(guest.nextEvent()).isEqualTo("started");
    }

    @AfterEach
    void end() {
        vmm.close();
        assertThat(vmm.guestFailures()).isEmpty();
    }

    private StandIn start(Guest inside, Set<Mishap> mishaps) throws IOException {
        var jail = StandInJail.prepare(root);
        return StandIn.start(
                new StandIn.Setup(FirecrackerVersion.parse(version), "i-00000001", jail, "/api.sock", inside, mishaps));
    }

    @SafeVarargs
    private final void send(Operation<NoContent>... commands) {
        var client = new ApiClient(vmm.apiSocket());
        for (var command : commands) {
            assertThat(client.call(command, PATIENCE)).isEqualTo(new Answer.Value<>(NoContent.DONE));
        }
    }

    private void warmResume() {
        var client = new ApiClient(vmm.apiSocket());
        var plan = WarmResume.plan(
                FirecrackerVersion.parse(version), new VmmPath("/io/away"), new VmmPath("/io/none/memory"));
        for (var step : plan) {
            assertThat(step.goesOn(client.call(step.command(), PATIENCE))).isTrue();
        }
    }

    private boolean diesOnBareResume() {
        return Quirk.VSOCK_DEAD_AFTER_BARE_RESUME.in(FirecrackerVersion.parse(version));
    }

    private HostSocket host() throws IOException {
        return new HostSocket(vmm.jail().outside("/io/v.sock"));
    }

    private HostSocket connected() throws Exception {
        var host = host().say(CONNECT);
        assertThat(host.hear(OK.length())).startsWith("OK 107374182");
        assertThat(guest.nextEvent()).isEqualTo("connected");
        return host;
    }

    private void echoes(HostSocket host, String text) throws Exception {
        assertThat(host.say(text).hear(text.length())).isEqualTo(text.toUpperCase(java.util.Locale.ROOT));
        assertThat(guest.nextEvent()).isEqualTo("read " + text);
    }

    @Test
    void connect_isAnsweredWithTheHostsPort() throws Exception {
        try (var first = host().say(CONNECT);
                var second = host()) {
            assertThat(first.hear(OK.length())).isEqualTo(OK);
            assertThat(second.say("connect 1024\n").hear(OK.length())).isEqualTo("OK 1073741825\n");
        }
    }

    @Test
    void dataSentTogetherWithConnect_arrives() throws Exception {
        try (var host = host().say(CONNECT + "abc")) {
            assertThat(host.hear(OK.length() + 3)).isEqualTo(OK + "ABC");
        }
    }

    @Test
    void unusableRequest_isClosedWithoutAWord() throws Exception {
        for (var request : new String[] {
            "CONNECT 1025\n",
            "CONNECT x\n",
            "CONNECT 99999999999\n",
            "CONNECT 4294967295\n",
            "HELLO 1024\n",
            "CONN",
            "CONNECT " + "0".repeat(40) + "\n",
            "CONNECT 1024"
        }) {
            try (var host = host().say(request)) {
                assertThat(host.hearsEnd()).as(request).isTrue();
            }
        }
    }

    @Test
    void hostsEnd_reachesTheGuest() throws Exception {
        try (var host = connected()) {
            echoes(host, "abc");
        }
        assertThat(guest.nextEvent()).isEqualTo("end");
    }

    @Test
    void guestDials_whoListensBesideTheSocket() throws Exception {
        var machine = guest.machine();
        assertThatThrownBy(() -> machine.dial(77).close()).isInstanceOf(ConnectException.class);
        try (var listener = listener(77);
                var channel = machine.dial(77);
                var host = listener.accept()) {
            channel.write(ByteBuffer.wrap("up".getBytes(UTF_8)));
            var bytes = ByteBuffer.allocate(2);
            assertThat(host.read(bytes)).isEqualTo(2);
            host.write(bytes.flip());
            assertThat(channel.read(bytes.clear())).isEqualTo(2);
            assertThat(UTF_8.decode(bytes.flip()).toString()).isEqualTo("up");
        }
    }

    private ServerSocketChannel listener(int port) throws IOException {
        var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(vmm.jail().outside("/io/v.sock_" + port)));
        return listener;
    }

    /// 1.15 and 1.17 keep everything; on 1.16 nothing reaches the guest until a snapshot request resets it all.
    @Test
    void bareResume_keepsVsockOrKillsIt() throws Exception {
        try (var old = connected()) {
            echoes(old, "one");
            send(PAUSE);
            old.say("two");
            send(RESUME);
            if (diesOnBareResume()) {
                send(PAUSE);
                warmResume();
                assertThat(guest.nextEvent()).isEqualTo("reset");
            } else {
                assertThat(guest.nextEvent()).isEqualTo("read two");
                assertThat(old.hear(3)).isEqualTo("TWO");
                echoes(old, "three");
            }
            try (var fresh = connected()) {
                echoes(fresh, "four");
            }
        }
    }

    @Test
    void guestToHost_flowsEvenAfterABareResume() throws Exception {
        var machine = guest.machine();
        try (var listener = listener(78);
                var channel = machine.dial(78);
                var host = listener.accept()) {
            send(PAUSE, RESUME);
            channel.write(ByteBuffer.wrap("up".getBytes(UTF_8)));
            assertThat(host.read(ByteBuffer.allocate(2))).isEqualTo(2);
        }
    }

    /// Resume done to a running microVM is a resume too.
    @Test
    void resumeWhileRunning_isABareResume() throws Exception {
        send(RESUME);
        try (var host = host().say(CONNECT)) {
            if (diesOnBareResume()) {
                send(PAUSE);
                warmResume();
            }
            assertThat(host.hear(OK.length())).isEqualTo(OK);
        }
    }

    @Test
    void warmResume_leavesVsockUsable() throws Exception {
        for (int i = 0; i < 3; i++) {
            send(PAUSE);
            warmResume();
            try (var host = connected()) {
                echoes(host, "abc");
            }
            assertThat(guest.nextEvent()).isEqualTo("end");
        }
    }

    @Test
    void snapshotAndResume_leavesOldConnectionsSilentUntilTheHostWrites() throws Exception {
        try (var old = connected()) {
            echoes(old, "one");
            send(PAUSE, SampleCommands.SNAPSHOT, RESUME);
            assertThat(guest.nextEvent()).isEqualTo("reset");
            try (var fresh = connected()) {
                echoes(fresh, "two");
            }
            old.say("three");
            assertThat(old.hearsEnd()).isTrue();
        }
    }

    @Test
    void pausedGuest_answersNothingUntilItIsResumed() throws Exception {
        send(PAUSE);
        try (var host = host().say(CONNECT)) {
            warmResume();
            assertThat(host.hear(OK.length())).isEqualTo(OK);
        }
    }

    @Test
    void restoredGuest_hasItsMemoryAndListensAgain() throws Exception {
        guest.machine().memory().write(5 * GuestMemory.PAGE + 7, "remember".getBytes(UTF_8));
        var restored = wake(Set.of());
        var memory = restored.machine().memory();
        assertThat(memory.read(5 * GuestMemory.PAGE + 7, 8)).isEqualTo("remember".getBytes(UTF_8));
        assertThat(memory.read(0, GuestMemory.PAGE)).containsOnly(0);
        try (var host = host().say(CONNECT)) {
            assertThat(host.hear(OK.length())).isEqualTo(OK);
            assertThat(restored.nextEvent()).isEqualTo("connected");
        }
    }

    /// Puts the microVM to sleep and wakes it in a new process, with a new guest.
    private RecordingGuest wake(Set<Mishap> mishaps) throws Exception {
        send(PAUSE, SampleCommands.SNAPSHOT);
        vmm.close();
        FirecrackerContract.removeSockets(vmm);
        var restored = new RecordingGuest();
        vmm = start(restored, mishaps);
        send(SampleCommands.load());
        assertThat(restored.events).isEmpty();
        send(RESUME);
        assertThat(restored.nextEvent()).isEqualTo("restored");
        return restored;
    }

    @Test
    void firstConnectAfterARestore_canBeLost() throws Exception {
        wake(Set.of(Mishap.FIRST_CONNECT_AFTER_RESTORE_CLOSED));
        try (var first = host().say(CONNECT);
                var second = host()) {
            assertThat(first.hear(1)).isEmpty();
            assertThat(second.say(CONNECT).hear(OK.length())).isEqualTo(OK);
        }
    }

    @Test
    void firstConnectAfterARestore_canHang() throws Exception {
        wake(Set.of(Mishap.FIRST_CONNECT_AFTER_RESTORE_HANGS));
        try (var first = host().say(CONNECT);
                var second = host()) {
            assertThat(second.say(CONNECT).hear(OK.length())).isEqualTo(OK);
            vmm.kill();
            assertThat(first.hear(1)).isEmpty();
        }
    }

    @Test
    void exit_closesConnectionsAndLeavesSockets() throws Exception {
        try (var host = connected()) {
            guest.machine().reset();
            assertThat(host.hearsEnd()).isTrue();
            assertThat(vmm.exit().get()).isZero();
        }
        var jail = vmm.jail();
        assertThat(jail.outside("/io/v.sock")).exists();
        assertThatThrownBy(() -> start(guest, Set.of()).close()).isInstanceOf(java.net.BindException.class);
        Files.delete(jail.outside("/api.sock"));
        vmm = start(guest, Set.of());
        var client = new ApiClient(vmm.apiSocket());
        assertThat(client.call(new Command.Vsock(42, new VmmPath("/io/v.sock")), PATIENCE))
                .isInstanceOfSatisfying(
                        Answer.Fault.class,
                        fault -> assertThat(fault.message()).endsWith("Address already in use (os error 98)"));
    }
}
