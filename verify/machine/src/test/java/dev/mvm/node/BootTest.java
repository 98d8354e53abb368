package dev.mvm.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Bytes;
import dev.mvm.protocol.guest.GuestChannel;
import dev.mvm.protocol.guest.HookWord;
import dev.mvm.protocol.guest.Programs;
import dev.mvm.protocol.guest.exec.ExecRefusal;
import dev.mvm.protocol.guest.exec.ExecSignal;
import dev.mvm.protocol.guest.exec.ExecStart;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import dev.mvm.protocol.guest.exec.TerminalSize;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The demo image with the real agent as its first process. All tests use one machine, each in a session of its own.
@Timeout(value = 600, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class BootTest {
    private static Machine machine;

    private final Heard heard = new Heard();
    private GuestChannel channel;

    @BeforeAll
    static void boot(@TempDir Path folder) throws Exception {
        machine = Machine.boot(Inputs.image(), folder);
    }

    @AfterAll
    static void end() {
        if (machine != null) {
            machine.close();
        }
    }

    @BeforeEach
    void open() throws Exception {
        channel = machine.open(heard);
    }

    @AfterEach
    void close() {
        if (channel != null) {
            channel.close();
        }
    }

    @Test
    void imageWithoutWorker_isReadyOnceItAnswers() throws Exception {
        heard.awaitReady();
        assertThat(channel.ready()).isTrue();
        assertThat(channel.ping(Machine.LIMIT)).isTrue();
    }

    @Test
    void boot_isTheSameInEverySession() throws Exception {
        var agent = channel.agent();
        assertThat(agent.version()).isNotBlank();
        channel.close();
        channel = machine.open(new Heard());
        assertThat(channel.agent()).isEqualTo(agent);
        assertThat(agent.boot()).isNotEqualTo(Bytes.of(new byte[16]));
    }

    @Test
    void kernel_isTheOneOfThePackage() throws Exception {
        var version = Program.run(channel, "cat", "/proc/version");
        assertThat(version.out()).startsWith("Linux version ").contains("-cloud-amd64 ");
        assertThat(version.end()).isEqualTo(new ProgramEnd.Exited(0));
    }

    @Test
    void setUp_leavesNothingToComplainAbout() throws Exception {
        assertThat(Program.run(channel, "dmesg").out()).doesNotContain("Call Trace", "mvm-guest:");
        assertThat(machine.console()).doesNotContain("mvm-guest:");
        assertThat(Program.run(channel, "stat", "-c", "%a", "/", "/tmp", "/root")
                        .out())
                .isEqualTo("755\n1777\n700\n");
    }

    @Test
    void hostname_isTheInstance() throws Exception {
        assertThat(Program.run(channel, "hostname").out()).isEqualTo(Machine.INSTANCE + "\n");
    }

    @Test
    void network_isUp() throws Exception {
        assertThat(Program.run(channel, "ip", "-4", "addr", "show", "dev", "eth0")
                        .out())
                .contains(",UP,", "inet " + Machine.ADDRESS + "/24 ");
        assertThat(Program.run(channel, "ip", "addr", "show", "dev", "lo").out())
                .contains(",UP,", "inet 127.0.0.1/8 ");
        assertThat(Program.run(channel, "ip", "route").out()).contains("default via " + Machine.GATEWAY + " dev eth0");
        assertThat(Program.run(channel, "ping", "-c", "1", "-W", "60", Machine.GATEWAY)
                        .end())
                .isEqualTo(new ProgramEnd.Exited(0));
    }

    @Test
    void modulesOfTheDevices_areLoaded() throws Exception {
        var modules = Program.run(channel, "cut", "-d", " ", "-f", "1", "/proc/modules")
                .out();
        assertThat(modules.lines())
                .contains("virtio_mmio", "virtio_blk", "virtio_net", "virtio_rng", "vmw_vsock_virtio_transport");
    }

    @Test
    void input_comesBackUnchanged() throws Exception {
        var data = new byte[1_000_000];
        new Random(1).nextBytes(data);
        var program = Program.withInput(channel, "cat");
        program.stream().stdin(Bytes.of(data));
        program.stream().closeStdin();
        assertThat(program.end()).isEqualTo(new ProgramEnd.Exited(0));
        assertThat(program.outBytes()).isEqualTo(data);
    }

    @Test
    void exitStatus_isTheProgramsOwn() throws Exception {
        for (int status : new int[] {0, 1, 42, 127, 255}) {
            assertThat(Program.run(channel, "sh", "-c", "exit " + status).end())
                    .isEqualTo(new ProgramEnd.Exited(status));
        }
        assertThat(Program.run(channel, "sh", "-c", "kill -9 $$").end()).isEqualTo(new ProgramEnd.Killed(9));
    }

    @Test
    void signal_reachesTheWholeGroup() throws Exception {
        var program = Program.withInput(channel, "sh", "-c", "sleep 1000 & echo started; wait");
        program.awaitOut("started");
        program.stream().signal(ExecSignal.TERMINATE);
        assertThat(program.end()).isEqualTo(new ProgramEnd.Killed(15));
        assertThat(Program.run(channel, "pidof", "sleep").out()).isEmpty();
    }

    @Test
    void programThatIsNotThere_isNotFound() throws Exception {
        var request = Program.request(Optional.empty(), false, "no-such-program");
        assertThat(Programs.exec(channel, request, Program.silent(), Machine.LIMIT))
                .isEqualTo(new ExecStart.Refused(ExecRefusal.NOT_FOUND));
    }

    @Test
    void terminal_isTheProgramsOwn() throws Exception {
        var program = Program.withTerminal(
                channel, new TerminalSize(24, 80), "sh", "-c", "tty; stty size; read line; stty size; sleep 1000");
        program.awaitOut("24 80\r\n");
        program.stream().resize(new TerminalSize(50, 132));
        program.stream().stdin(Program.bytes("\n"));
        program.awaitOut("50 132\r\n");
        assertThat(program.out()).startsWith("/dev/pts/");
        program.stream().stdin(Program.bytes("\3")); // what a terminal makes of ^C reaches only those it controls
        assertThat(program.end()).isEqualTo(new ProgramEnd.Killed(2));
    }

    @Test
    void programs_inheritNothingOfTheAgent() throws Exception {
        // the fourth is the folder that ls reads
        assertThat(Program.run(channel, "ls", "/proc/self/fd").out()).isEqualTo("0\n1\n2\n3\n");
        assertThat(Program.run(channel, "env").out().lines().map(line -> line.split("=", 2)[0]))
                .containsExactlyInAnyOrder("PATH", "HOME");
    }

    @Test
    void newSession_endsWhatTheLastOneLeftRunning() throws Exception {
        var program = Program.withInput(channel, "sh", "-c", "echo $$; sleep 1001 & wait");
        program.awaitOut("\n");
        channel.close();
        assertThat(program.end()).isEqualTo(new ProgramEnd.Lost("guest_lost"));
        channel = machine.open(new Heard());
        var waiting = "while [ -e /proc/" + program.out().strip() + " ] || pidof sleep; do sleep 0.1; done; echo gone";
        assertThat(Program.run(channel, "sh", "-c", waiting).out()).endsWith("gone\n");
    }

    @Test
    void garbageBeforeASession_isGotOver() throws Exception {
        channel.close();
        var random = new Random(2);
        for (int size : new int[] {1, 11, 4_096, 200_000}) {
            var garbage = new byte[size];
            random.nextBytes(garbage);
            garbage[0] = (byte) 0xA5; // what frames begin with
            var transport = machine.connect();
            transport.write(ByteBuffer.wrap(garbage));
            channel = Machine.open(transport, new Heard());
            assertThat(channel.ping(Machine.LIMIT)).isTrue();
            channel.close();
        }
    }

    @Test
    void orphans_areReaped() throws Exception {
        // a process that nobody waits for stays in /proc
        var orphan = "sh -c 'sleep 0.1 & echo $!' > /tmp/orphan; "
                + "while [ -e /proc/$(cat /tmp/orphan) ]; do sleep 0.1; done; echo gone";
        assertThat(Program.run(channel, "sh", "-c", orphan).out()).isEqualTo("gone\n");
    }

    @Test
    void hookCommand_isHeardByTheHost() throws Exception {
        assertThat(Program.run(channel, "mvm-guest", "hook", "busy").end()).isEqualTo(new ProgramEnd.Exited(0));
        assertThat(heard.awaitWord()).isEqualTo(HookWord.BUSY);
        assertThat(Program.run(channel, "mvm-guest", "hook", "idle").end()).isEqualTo(new ProgramEnd.Exited(0));
        assertThat(heard.awaitWord()).isEqualTo(HookWord.IDLE);
    }
}
