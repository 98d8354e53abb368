package dev.mvm.guestd;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.process.ThreadStatus;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.model.Bytes;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.Rates;
import dev.mvm.model.Slot;
import dev.mvm.protocol.guestd.GuestCall;
import dev.mvm.protocol.guestd.GuestdRequests;
import dev.mvm.protocol.guestd.Report;
import dev.mvm.protocol.guestd.SessionTransport;
import dev.mvm.protocol.guestd.VmmCommand;
import dev.mvm.testkit.firecracker.Guest;
import dev.mvm.testkit.firecracker.Jail;
import dev.mvm.testkit.firecracker.Machine;
import dev.mvm.testkit.firecracker.StandIn;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The rights that guestd gives up before it reads a request, in processes of their own.
final class GuestdConfinementTest {
    private static final FirecrackerVersion VERSION = FirecrackerVersion.parse("1.16.1");

    private static final VmmCommand.Configure CONFIGURE = new VmmCommand.Configure(
            1, 4, new Slot(new NetId(0), 3), new VmmCommand.Disks(false, false), Rates.UNLIMITED, "console=ttyS0");

    @TempDir
    private Path folder;

    private static final class Silent implements Guest {
        @Override
        public void started(Machine machine) {}

        @Override
        public void restored(Machine machine) {}

        @Override
        public Optional<Service> listener(int port) {
            return Optional.empty();
        }
    }

    /// Each kind of request, while every thread is under the filter.
    @Test
    @Tag("claim-G3")
    void process_servesEveryRequest_whileAllItsThreadsAreConfined() throws Exception {
        Files.createDirectory(folder.resolve("io"));
        Files.createDirectory(folder.resolve("snap"));
        Files.write(folder.resolve("kernel"), "\u007fELF".getBytes(US_ASCII));
        Files.write(folder.resolve("rootfs"), new byte[512]);
        try (var vmm = StandIn.start(StandIn.Setup.of(VERSION, new Jail(folder), new Silent()));
                var guestd = new GuestdProcess(folder, GuestdProcess.UNPRIVILEGED);
                var guest = UnixPair.streams();
                var agent = UnixPair.streams()) {
            try (var api = RunningGuestd.api(vmm.apiSocket())) {
                var question = GuestdRequests.vmm(CONFIGURE, 7, RunningGuestd.PATIENCE, VERSION);
                guestd.send(question, List.of(api.fd()));
            }
            var configured = guestd.hear();
            assertThat(configured.number()).isEqualTo(7);
            assertThat(configured.word()).isEqualTo(Report.Word.DONE);
            guestd.send(GuestdRequests.open(1, InstanceId.of(1), SessionTransport.CONNECTION), List.of(guest.right()));
            assertKeepsConsole(guestd);
            var exec = GuestdRequests.exec(InstanceId.of(1), Bytes.of("{}".getBytes(US_ASCII)), Bytes.EMPTY);
            guestd.send(exec, List.of(agent.right()));
            agent.right().close();
            try (var program = UnixStream.own(agent.left().move());
                    var arena = Arena.ofConfined()) {
                var answer = arena.allocate(512);
                var _ = program.read(answer, Deadline.in(RunningGuestd.PATIENCE));
                assertThat(new String(answer.toArray(JAVA_BYTE), US_ASCII)).contains("guest_unreachable");
            }
            guest.left().close();
            guest.right().close();
            assertThat(guestd.hear().word()).isEqualTo(Report.Word.ENDED);
            guestd.send(GuestdRequests.call(GuestCall.PING, 1, 2, RunningGuestd.PATIENCE), List.of());
            assertThat(guestd.hear().word()).isEqualTo(Report.Word.FAILED);
            assertConfined(guestd.pid());
            guestd.hangUp();
            assertThat(guestd.ends()).isZero();
            assertThat(guestd.output()).doesNotContain("denied", "EPERM", "not permitted");
        }
    }

    private void assertKeepsConsole(GuestdProcess guestd) throws Exception {
        try (var console = new Pipe(folder.resolve("console"));
                var end = console.end()) {
            guestd.send(GuestdRequests.console(InstanceId.of(1)), List.of(end));
            console.print("printed");
        }
        try (var agent = UnixPair.streams()) {
            guestd.send(GuestdRequests.logs(InstanceId.of(1), true), List.of(agent.right()));
            agent.right().close();
            try (var logs = UnixStream.own(agent.left().move());
                    var arena = Arena.ofConfined()) {
                var text = new StringBuilder();
                var piece = arena.allocate(512);
                for (int read = logs.read(piece, Deadline.in(RunningGuestd.PATIENCE));
                        read > 0;
                        read = logs.read(piece, Deadline.in(RunningGuestd.PATIENCE))) {
                    text.append(new String(piece.asSlice(0, read).toArray(JAVA_BYTE), US_ASCII));
                }
                assertThat(text.toString()).contains("printed");
            }
        }
    }

    private static void assertConfined(long pid) throws Exception {
        assertThat(ThreadStatus.of(Long.toString(pid))).hasSizeGreaterThan(5).allSatisfy(thread -> {
            assertThat(thread.seccomp()).isEqualTo(2);
            assertThat(thread.noNewPrivileges()).isTrue();
            assertThat(thread.effective() | thread.permitted() | thread.inheritable() | thread.ambient())
                    .isZero();
        });
        assertThat(Files.readString(Path.of("/proc", "" + pid, "limits"))).containsPattern("Max core file size +0 +0 ");
    }

    @Test
    void processWithCapabilities_doesNotServe() throws Exception {
        try (var guestd = new GuestdProcess(folder, List.of())) {
            assertThat(guestd.ends()).isEqualTo(1);
            assertThat(guestd.output()).contains("was started with capabilities, and needs none");
        }
    }

    @Test
    void afterwards_nothingElseCanBeCalled() throws Exception {
        var command = new ArrayList<>(GuestdProcess.UNPRIVILEGED);
        command.addAll(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ForbiddenCalls.class.getName()));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).isEqualTo("allowed: []\n");
    }
}
