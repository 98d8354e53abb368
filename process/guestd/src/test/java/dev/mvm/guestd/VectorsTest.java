package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Golden packets: hostd's half writes them, guestd's half reads them, and the other way round.
final class VectorsTest {
    private static final Path FILE = Path.of("../../docs/protocol/vectors/guestd.txt");
    private static final Duration LIMIT = Duration.ofMillis(1500);
    private static final FirecrackerVersion VERSION = FirecrackerVersion.parse("1.15.1");

    /// One line of the file.
    record Vector(String what, boolean accepted, String name, String packet) {
        static Vector of(String line) {
            var words = line.split(" ", 4);
            assertThat(words[1]).as(line).isIn("accept", "refuse");
            var packet = words[3].replace("\\\\", "\0").replace("\\n", "\n").replace('\0', '\\');
            return new Vector(words[0], words[1].equals("accept"), words[2], packet);
        }

        byte[] bytes() {
            return packet.getBytes(US_ASCII);
        }

        @Override
        public String toString() {
            return what + " " + name;
        }
    }

    static List<Vector> all() throws IOException {
        try (var lines = Files.lines(FILE, US_ASCII)) {
            return lines.filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .map(Vector::of)
                    .toList();
        }
    }

    static Stream<Vector> requests() throws IOException {
        return all().stream().filter(vector -> vector.what().equals("request"));
    }

    static Stream<Vector> reports() throws IOException {
        return all().stream().filter(vector -> vector.what().equals("report"));
    }

    /// Packets of hostd's half under the names of the file.
    private static Map<String, byte[]> written() {
        var out = new HashMap<String, byte[]>();
        long most = 999_999_999_999_999_999L;
        out.put("open-connection", GuestdRequests.open(7, InstanceId.of(1), SessionTransport.CONNECTION));
        out.put("open-serial-port", GuestdRequests.open(most, InstanceId.of(-1), SessionTransport.SERIAL_PORT));
        out.put("ping", GuestdRequests.call(GuestCall.PING, 7, 9, LIMIT));
        out.put("prepare-sleep", GuestdRequests.call(GuestCall.PREPARE_SLEEP, 7, 9, LIMIT));
        out.put("rekey", GuestdRequests.call(GuestCall.REKEY, 7, 9, Duration.ZERO));
        out.put("poweroff", GuestdRequests.powerOff(7));
        out.put("exec", GuestdRequests.exec(InstanceId.of(1), bytes("xy"), bytes("z")));
        out.put("console", GuestdRequests.console(InstanceId.of(1)));
        out.put("logs-kept", GuestdRequests.logs(InstanceId.of(1), false));
        out.put("logs-follow", GuestdRequests.logs(InstanceId.of(1), true));
        out.put("exec-of-nothing", GuestdRequests.exec(InstanceId.of(1), Bytes.EMPTY, Bytes.EMPTY));
        out.put("exec-with-line-feeds", GuestdRequests.exec(InstanceId.of(1), bytes("\n\\\n"), bytes("\n")));
        out.put(
                "configure-smallest",
                vmm(new VmmCommand.Configure(
                        1, 1, slot(0, 3), new VmmCommand.Disks(false, false), Rates.UNLIMITED, "")));
        out.put(
                "configure-volume",
                vmm(new VmmCommand.Configure(
                        2,
                        512,
                        slot(7, 3),
                        new VmmCommand.Disks(false, true),
                        new Rates(10, 0, 200, 1_000_000),
                        "console=ttyS0 mvm.id=i-00000001")));
        out.put(
                "configure-image",
                vmm(new VmmCommand.Configure(
                        2,
                        512,
                        slot(7, 3),
                        new VmmCommand.Disks(true, false),
                        Rates.UNLIMITED,
                        "mvm.disk=vda mvm.data_blocks=8")));
        out.put("go-on-image-and-volume", vmm(new VmmCommand.GoOn(new VmmCommand.Disks(true, true), Rates.UNLIMITED)));
        var largest = new VmmCommand.Configure(
                32,
                1 << 20,
                slot(4095, 254),
                new VmmCommand.Disks(false, true),
                new Rates(1_000_000, 1_000_000, 1_000_000, 1_000_000),
                "~ !");
        var untagged = FirecrackerVersion.parse("1.17.0-dev");
        out.put("configure-largest", GuestdRequests.vmm(largest, 9, GuestdRequest.Vmm.LONGEST, untagged));
        out.put("start", vmm(new VmmCommand.Start()));
        out.put("pause", vmm(new VmmCommand.Pause()));
        out.put("resume", vmm(new VmmCommand.Resume()));
        out.put("state", vmm(new VmmCommand.State()));
        out.put("save", vmm(new VmmCommand.Save()));
        out.put("load", vmm(new VmmCommand.Load()));
        out.put("go-on", vmm(new VmmCommand.GoOn(new VmmCommand.Disks(false, true), new Rates(10, 0, 200, 1_000_000))));
        return out;
    }

    private static byte[] vmm(VmmCommand command) {
        return GuestdRequests.vmm(command, 9, LIMIT, VERSION);
    }

    private static Slot slot(int net, int offset) {
        return new Slot(new NetId(net), offset);
    }

    private static Bytes bytes(String text) {
        return Bytes.of(text.getBytes(US_ASCII));
    }

    @Test
    void hostd_writesExactlyTheRequestsThatAreAccepted() throws IOException {
        var written = written();
        assertThat(requests().filter(Vector::accepted).map(Vector::name))
                .containsExactlyInAnyOrderElementsOf(written.keySet());
        requests()
                .filter(Vector::accepted)
                .forEach(vector -> assertThat(new String(written.get(vector.name()), US_ASCII))
                        .as(vector.name())
                        .isEqualTo(vector.packet()));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void request_isReadOrRefused(Vector vector) {
        if (vector.accepted()) {
            assertThat(new String(GuestdRequestTest.written(GuestdRequest.parse(vector.bytes())), US_ASCII))
                    .isEqualTo(vector.packet());
        } else {
            assertThatIllegalArgumentException().isThrownBy(() -> GuestdRequest.parse(vector.bytes()));
        }
    }

    @ParameterizedTest
    @MethodSource("reports")
    void report_isReadOrRefused(Vector vector) {
        var read = Report.parse(vector.bytes());
        assertThat(read.isPresent()).isEqualTo(vector.accepted());
        read.ifPresent(report ->
                assertThat(report.word().text() + " " + report.number()).isEqualTo(vector.packet()));
    }

    @Test
    void everyWordOfAReport_hasAVector() throws IOException {
        assertThat(reports()
                        .filter(Vector::accepted)
                        .map(vector -> vector.packet().split(" ", -1)[0]))
                .containsExactlyElementsOf(Arrays.stream(Report.Word.values())
                        .map(Report.Word::text)
                        .toList());
    }
}
