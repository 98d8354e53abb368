package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.guestd.GuestdRequests;
import dev.mvm.protocol.guestd.Report;
import dev.mvm.protocol.guestd.Report.Word;
import dev.mvm.protocol.guestd.VmmCommand;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// VMMs that answer as their hostile guests like.
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown()
final class HostileVmmTest {
    private static final FirecrackerVersion VERSION = FirecrackerVersion.parse("1.16.1");
    private static final Duration LIMIT = RunningGuestd.PATIENCE;
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final String DONE = "HTTP/1.1 204 \r\n\r\n";

    @TempDir
    Path folder;

    private RunningGuestd guestd;

    @BeforeEach
    void setUp() throws IOException {
        guestd = new RunningGuestd(folder);
    }

    @AfterEach
    void tearDown() throws IOException {
        guestd.close();
    }

    private HostileVmm vmm(HostileVmm.Behaviour behaviour) throws IOException {
        return new HostileVmm(folder.resolve("api.sock"), behaviour);
    }

    private static String json(int status, String body) {
        return "HTTP/1.1 " + status + " \r\nContent-Length: " + body.getBytes(UTF_8).length + "\r\n\r\n" + body;
    }

    private static String instance(String state) {
        return json(200, "{\"id\":\"x\",\"state\":\"" + state + "\",\"vmm_version\":\"" + VERSION + "\"}");
    }

    private static void forEver(SocketChannel connection, String begin, String more) throws IOException {
        HostileVmm.say(connection, begin);
        while (true) {
            HostileVmm.say(connection, more);
        }
    }

    private static Named<HostileVmm.Behaviour> named(String name, HostileVmm.Behaviour behaviour) {
        return Named.of(name, behaviour);
    }

    static Stream<Named<HostileVmm.Behaviour>> behaviours() {
        return Stream.of(
                named("hangs up", SocketChannel::close),
                named("answers half", HostileVmm.saying("HTTP/1.1 20").thenHangUp()),
                named("speaks something else", HostileVmm.saying("220 mail\r\n\r\n")),
                named("answers with zeroes", HostileVmm.saying("\0".repeat(4_096))),
                named("another status", HostileVmm.saying("HTTP/1.1 302 \r\nContent-Length: 0\r\n\r\n")),
                named("goes on first", HostileVmm.saying("HTTP/1.1 100 \r\nContent-Length: 0\r\n\r\n")),
                named("no JSON", HostileVmm.saying(json(400, "oops"))),
                named("deep JSON", HostileVmm.saying(json(400, "[".repeat(60_000)))),
                named("two answers", HostileVmm.saying(DONE + DONE)),
                named("a byte too many", HostileVmm.saying(instance("Running") + "x")),
                named("a long head", HostileVmm.saying("HTTP/1.1 204 \r\nX: " + "y".repeat(1 << 20))),
                named("a long body", HostileVmm.saying("HTTP/1.1 200 \r\nContent-Length: 999999999\r\n\r\n")),
                named("an endless head", connection -> forEver(connection, "HTTP/1.1 204 \r\n", "X: y\r\n")),
                named("an endless line", connection -> forEver(connection, "HTTP/1.1 204 \r\nX: ", "y")),
                named(
                        "an endless body",
                        connection ->
                                forEver(connection, "HTTP/1.1 400 \r\nContent-Length: 65536\r\n\r\n", "{\"a\":")));
    }

    @ParameterizedTest
    @MethodSource("behaviours")
    @Tag("claim-G4")
    void whateverItAnswers_theWordIsFailed(HostileVmm.Behaviour behaviour) throws Exception {
        for (var command : List.of(new VmmCommand.Pause(), new VmmCommand.State())) {
            Files.deleteIfExists(folder.resolve("api.sock"));
            try (var vmm = vmm(behaviour)) {
                assertThat(guestd.ask(vmm.socket(), command, LIMIT, VERSION)).isEqualTo(Report.Word.FAILED);
                vmm.untilLetGo();
            }
        }
        assertThat(guestd.journal).hasSize(2).allMatch(line -> line.matches("vmm call [12], [ -~]{1,600}"));
    }

    @Test
    @Tag("claim-G4")
    void silence_endsWithTheLimit() throws Exception {
        for (var begin : List.of("", "HTTP/1.1 2", "HTTP/1.1 400 \r\nContent-Length: 9\r\n\r\n{")) {
            Files.deleteIfExists(folder.resolve("api.sock"));
            try (var vmm = vmm(connection -> HostileVmm.say(connection, begin))) {
                assertThat(guestd.ask(vmm.socket(), new VmmCommand.Pause(), SHORT, VERSION))
                        .isEqualTo(Report.Word.FAILED);
                vmm.untilLetGo();
            }
        }
        assertThat(guestd.journal).hasSize(3).allMatch(line -> line.contains("Pause was answered Broken[reason=TIMED"));
    }

    @Test
    @Tag("claim-G4")
    void hangingVmm_holdsUpNothingElse_andHostdEndsItsCall() throws Exception {
        try (var hanging = new HostileVmm(folder.resolve("hangs.sock"), _ -> {});
                var other = vmm(HostileVmm.saying(DONE));
                var api = RunningGuestd.api(hanging.socket())) {
            long call = guestd.begin(api, new VmmCommand.Save(), Duration.ofDays(1), VERSION);
            try (var second = RunningGuestd.api(other.socket())) {
                long answered = guestd.begin(second, new VmmCommand.Pause(), LIMIT, VERSION);
                assertThat(guestd.hear()).isEqualTo(new Report(Word.DONE, answered));
            }
            api.shutdown();
            assertThat(guestd.hear()).isEqualTo(new Report(Word.FAILED, call));
        }
    }

    @Test
    @Tag("claim-G4")
    void faultOfTheGuests_isOneCleanLine() throws Exception {
        var fault = json(400, "{\"fault_message\":\"\\n<3>root: \\u001b[2J" + "z".repeat(60_000) + "\"}");
        try (var vmm = vmm(HostileVmm.saying(fault))) {
            assertThat(guestd.ask(vmm.socket(), new VmmCommand.Pause(), LIMIT, VERSION))
                    .isEqualTo(Report.Word.FAILED);
        }
        assertThat(guestd.journal)
                .singleElement()
                .asString()
                .startsWith("vmm call 1, pause: Pause was answered Fault[message=?<3>root: ?[2Jzzz")
                .hasSizeLessThan(600);
    }

    /// Requests are sent one by one: a VMM that fails gets no more.
    @Test
    @Tag("claim-G4")
    void brokenAnswer_endsTheSequence() throws Exception {
        try (var vmm = vmm(HostileVmm.saying(instance("Not started"), "HTTP/1.1 204 OK\r\n\r\n!"))) {
            assertThat(guestd.ask(vmm.socket(), Commands.CONFIGURE, LIMIT, VERSION))
                    .isEqualTo(Report.Word.FAILED);
            assertThat(vmm.untilLetGo()).isEmpty();
        }
        assertThat(guestd.journal).singleElement().asString().contains("configure: MachineConfig was answered Broken");
    }

    @Test
    void load_isOneRequestAfterTheQuestion() throws Exception {
        var question = new StringBuilder();
        try (var vmm = vmm(connection -> {
            HostileVmm.saying(instance("Not started")).serve(connection);
            var request = ByteBuffer.allocate(65_536);
            connection.read(request);
            question.append(UTF_8.decode(request.flip()));
            HostileVmm.say(connection, DONE);
        })) {
            assertThat(guestd.ask(vmm.socket(), new VmmCommand.Load(), LIMIT, VERSION))
                    .isEqualTo(Report.Word.DONE);
            assertThat(vmm.untilLetGo()).isEmpty();
        }
        assertThat(question)
                .startsWith("PUT /snapshot/load HTTP/1.1\r\n")
                .endsWith("{\"snapshot_path\":\"/snap/vmstate\",\"mem_backend\":{\"backend_type\":\"Uffd\","
                        + "\"backend_path\":\"/io/faults.sock\"},\"resume_vm\":false}");
    }

    @Test
    void wordWithoutAConnection_endsGuestd() throws Exception {
        guestd.send(GuestdRequests.vmm(new VmmCommand.Pause(), 1, LIMIT, VERSION), List.of());
        assertThat(guestd.end()).containsInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void wordWithSomethingElseThanAConnection_endsGuestd() throws Exception {
        try (var directory = Directory.open(folder)) {
            guestd.send(GuestdRequests.vmm(new VmmCommand.Pause(), 1, LIMIT, VERSION), List.of(directory.fd()));
            assertThat(guestd.end()).containsInstanceOf(ErrnoException.class);
        }
    }
}
