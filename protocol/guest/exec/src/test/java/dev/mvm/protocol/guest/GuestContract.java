package dev.mvm.protocol.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.exec.ExecRefusal;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.ExecSignal;
import dev.mvm.protocol.guest.exec.ExecStart;
import dev.mvm.protocol.guest.exec.ProgramEnd;
import dev.mvm.protocol.guest.exec.RunningProgram;
import dev.mvm.protocol.guest.exec.TerminalSize;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The contract of every guest, be it a fake or the real agent with real programs.
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class GuestContract {
    private static final InstanceId INSTANCE = InstanceId.of(0x600d);

    private final Heard heard = new Heard();
    private GuestChannel channel;

    /// A connection to a guest that has just been started.
    abstract GuestTransport dial() throws Exception;

    /// Ends the guest of [#dial], whatever its state.
    abstract void hangUp() throws Exception;

    @BeforeEach
    void open() throws Exception {
        channel = GuestChannel.open(INSTANCE, dial(), TransportKind.SERIAL_PORT, heard, Patience.LIMIT);
    }

    @AfterEach
    void close() throws Exception {
        if (channel != null) {
            channel.close();
        }
        hangUp();
        Patience.awaitThreads(INSTANCE);
    }

    static ExecRequest request(String... argv) {
        return new ExecRequest(strings(argv), List.of(), Bytes.EMPTY, Optional.empty(), false);
    }

    static ExecRequest withStdin(String... argv) {
        return new ExecRequest(strings(argv), List.of(), Bytes.EMPTY, Optional.empty(), true);
    }

    static ExecRequest withTerminal(TerminalSize size, String... argv) {
        return new ExecRequest(strings(argv), List.of(), Bytes.EMPTY, Optional.of(size), true);
    }

    static List<Bytes> strings(String... texts) {
        return Arrays.stream(texts).map(GuestContract::bytes).toList();
    }

    static Bytes bytes(String text) {
        return Bytes.of(text.getBytes(UTF_8));
    }

    GuestChannel channel() {
        return channel;
    }

    /// Runs a program in the way of the test.
    ExecStart exec(ExecRequest request, ProgramListener output) throws Exception {
        return Programs.exec(channel, request, output, Patience.LIMIT);
    }

    private RunningProgram start(ExecRequest request, ProgramListener output) throws Exception {
        var start = exec(request, output);
        assertThat(start).isInstanceOf(ExecStart.Started.class);
        return ((ExecStart.Started) start).program();
    }

    private Collected run(ExecRequest request) throws Exception {
        var output = new Collected();
        var _ = start(request, output);
        assertThat(output.end()).isNotNull();
        return output;
    }

    @Test
    void agent_tellsItsVersionAndBoot() {
        assertThat(channel.agent().version()).isNotBlank();
        assertThat(channel.agent().boot().length()).isEqualTo(16);
    }

    @Test
    void pings_areAnswered() throws Exception {
        for (int i = 0; i < 100; i++) {
            assertThat(channel.ping(Patience.LIMIT)).isTrue();
        }
    }

    @Test
    void guestWithoutWorker_sleepsAndIsRekeyed() throws Exception {
        assertThat(channel.prepareSleep(Patience.LIMIT)).isTrue();
        assertThat(channel.rekey(Bytes.of(new byte[64]), Instant.now(), Patience.LIMIT))
                .isTrue();
        assertThat(channel.prepareSleep(Patience.LIMIT)).isTrue();
        assertThat(channel.ping(Patience.LIMIT)).isTrue();
    }

    @Test
    void output_arrivesBeforeTheEnd() throws Exception {
        var output = run(request("echo", "hello", "there"));
        assertThat(output.out()).isEqualTo("hello there\n");
        assertThat(output.err()).isEmpty();
        assertThat(output.end()).isEqualTo(new ProgramEnd.Exited(0));
    }

    @Test
    void outputs_stayApart() throws Exception {
        var output = run(request("sh", "-c", "echo out; echo err >&2; exit 3"));
        assertThat(output.out()).isEqualTo("out\n");
        assertThat(output.err()).isEqualTo("err\n");
        assertThat(output.end()).isEqualTo(new ProgramEnd.Exited(3));
    }

    @Test
    void signalThatEndsAProgram_isReported() throws Exception {
        assertThat(run(request("sh", "-c", "kill -9 $$")).end()).isEqualTo(new ProgramEnd.Killed(9));
    }

    @Test
    void environmentAndDirectory_areTheProgramsOwn() throws Exception {
        var output = run(new ExecRequest(
                strings("sh", "-c", "echo $COLOUR; pwd"),
                strings("COLOUR=dark=blue"),
                bytes("/dev"),
                Optional.empty(),
                false));
        assertThat(output.out()).isEqualTo("dark=blue\n/dev\n");
    }

    @Test
    void directoryThatIsEmpty_isTheRoot() throws Exception {
        assertThat(run(request("sh", "-c", "pwd")).out()).isEqualTo("/\n");
    }

    @Test
    void programWithoutInput_readsNothing() throws Exception {
        var output = run(request("cat"));
        assertThat(output.out()).isEmpty();
        assertThat(output.end()).isEqualTo(new ProgramEnd.Exited(0));
    }

    @Test
    void megabytes_passThroughBothWays() throws Exception {
        var data = new byte[3_000_000];
        new Random(1).nextBytes(data);
        var output = new Collected();
        var stream = start(withStdin("cat"), output);
        stream.stdin(Bytes.of(data));
        stream.closeStdin();
        assertThat(output.end()).isEqualTo(new ProgramEnd.Exited(0));
        assertThat(output.outBytes()).isEqualTo(data);
    }

    @Test
    void inputForAProgramThatHasEnded_isWithoutEffect() throws Exception {
        var output = new Collected();
        var stream = start(withStdin("true"), output);
        assertThat(output.end()).isEqualTo(new ProgramEnd.Exited(0));
        stream.stdin(Bytes.of(new byte[1_000_000]));
        stream.signal(ExecSignal.TERMINATE);
        stream.closeStdin();
        stream.close();
        assertThat(channel.ping(Patience.LIMIT)).isTrue();
    }

    @Test
    void programThatDoesNotReadItsInput_canBeKilled() throws Exception {
        var output = new Collected();
        var stream = start(withStdin("sleep", "1000"), output);
        stream.stdin(Bytes.of(new byte[65_536]));
        stream.signal(ExecSignal.TERMINATE);
        assertThat(output.end()).isEqualTo(new ProgramEnd.Killed(15));
    }

    @Test
    void unknownProgram_isNotFound() throws Exception {
        assertThat(exec(request("no-such-program"), new Collected()))
                .isEqualTo(new ExecStart.Refused(ExecRefusal.NOT_FOUND));
        assertThat(run(request("true")).end()).isEqualTo(new ProgramEnd.Exited(0));
    }

    @Test
    void floodThatNobodyTakes_stallsNothingElse() throws Exception {
        var stalled = new Stalled();
        var flood = start(request("yes"), stalled);
        stalled.awaitCall();
        assertThat(run(request("echo", "hello")).out()).isEqualTo("hello\n");
        assertThat(channel.ping(Patience.LIMIT)).isTrue();
        flood.close();
        stalled.release();
        assertThat(run(request("true")).end()).isEqualTo(new ProgramEnd.Exited(0));
    }

    @Test
    void flood_flowsOnBeyondTheFirstCredit() throws Exception {
        var output = new Collected();
        var flood = start(request("yes"), output);
        output.awaitOut(5_000_000);
        flood.signal(ExecSignal.INTERRUPT);
        assertThat(output.end()).isEqualTo(new ProgramEnd.Killed(2));
    }

    @Test
    void cancelledPrograms_giveTheirPlacesBack() throws Exception {
        for (int i = 0; i < 3 * GuestLimits.MAX_STREAMS; i++) {
            var start = exec(request("yes"), new Collected());
            while (start.equals(new ExecStart.Refused(ExecRefusal.TOO_MANY_STREAMS))) {
                assertThat(channel.ping(Patience.LIMIT)).isTrue();
                start = exec(request("yes"), new Collected());
            }
            assertThat(start).isInstanceOf(ExecStart.Started.class);
            ((ExecStart.Started) start).program().close();
        }
    }

    @Test
    void sixteenPrograms_runAtATime() throws Exception {
        var outputs = new Collected[GuestLimits.MAX_STREAMS];
        var streams = new RunningProgram[GuestLimits.MAX_STREAMS];
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = new Collected();
            streams[i] = start(withStdin("cat"), outputs[i]);
        }
        assertThat(exec(request("true"), new Collected()))
                .isEqualTo(new ExecStart.Refused(ExecRefusal.TOO_MANY_STREAMS));
        for (int i = 0; i < outputs.length; i++) {
            streams[i].stdin(bytes("number " + i));
            streams[i].closeStdin();
        }
        for (int i = 0; i < outputs.length; i++) {
            assertThat(outputs[i].end()).isEqualTo(new ProgramEnd.Exited(0));
            assertThat(outputs[i].out()).isEqualTo("number " + i);
        }
        assertThat(run(request("true")).end()).isEqualTo(new ProgramEnd.Exited(0));
    }

    @Test
    void terminal_hasItsSizeAndOneOutput() throws Exception {
        var output = run(withTerminal(new TerminalSize(24, 80), "sh", "-c", "stty size; echo err >&2"));
        assertThat(output.out()).isEqualTo("24 80\r\nerr\r\n");
        assertThat(output.err()).isEmpty();
    }

    @Test
    void resizedTerminal_hasItsNewSize() throws Exception {
        var output = new Collected();
        var stream = start(withTerminal(new TerminalSize(24, 80), "sh", "-c", "read line; stty size"), output);
        stream.resize(new TerminalSize(50, 132));
        stream.stdin(bytes("\n"));
        assertThat(output.end()).isEqualTo(new ProgramEnd.Exited(0));
        assertThat(output.out()).endsWith("50 132\r\n");
    }
}
