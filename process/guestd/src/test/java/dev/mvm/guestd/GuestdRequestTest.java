package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.model.Bytes;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.model.InstanceId;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.guestd.GuestCall;
import dev.mvm.protocol.guestd.GuestdRequests;
import dev.mvm.protocol.guestd.Report;
import dev.mvm.protocol.guestd.SessionTransport;
import dev.mvm.protocol.guestd.VmmCommand;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Both halves of the protocol between hostd and guestd.
final class GuestdRequestTest {
    private static final InstanceId INSTANCE = new InstanceId("i-00000001");
    private static final long MOST = 999_999_999_999_999_999L;
    private static final FirecrackerVersion RELEASE = FirecrackerVersion.parse("1.16.1");
    private static final FirecrackerVersion BETWEEN_RELEASES = FirecrackerVersion.parse("1.17.0-dev");

    @ParameterizedTest
    @EnumSource
    void open_isReadAsItWasWritten(SessionTransport transport) {
        assertThat(GuestdRequest.parse(GuestdRequests.open(MOST, INSTANCE, transport)))
                .isEqualTo(new GuestdRequest.Open(MOST, INSTANCE, transport));
    }

    @ParameterizedTest
    @EnumSource
    void call_isReadAsItWasWritten(GuestCall call) {
        assertThat(GuestdRequest.parse(GuestdRequests.call(call, 1, 2, Duration.ofSeconds(3))))
                .isEqualTo(new GuestdRequest.Ask(call, 1, 2, Duration.ofSeconds(3)));
    }

    @Test
    void exec_isReadAsItWasWritten_withLineFeedsAndZeroesAndAtItsLargest() {
        var payload = new byte[GuestdRequests.MAX_EXEC];
        payload[0] = '\n';
        payload[1] = ' ';
        var ahead = Bytes.of(Arrays.copyOf(payload, GuestdRequests.MAX_AHEAD));
        var packet = GuestdRequests.exec(INSTANCE, Bytes.of(payload), ahead);
        assertThat(packet).hasSizeLessThanOrEqualTo(GuestdRequests.MAX_BYTES);
        assertThat(GuestdRequest.parse(packet)).isEqualTo(new GuestdRequest.Exec(INSTANCE, Bytes.of(payload), ahead));
        assertThat(GuestdRequest.parse(GuestdRequests.exec(INSTANCE, Bytes.EMPTY, Bytes.EMPTY)))
                .isEqualTo(new GuestdRequest.Exec(INSTANCE, Bytes.EMPTY, Bytes.EMPTY));
    }

    /// No byte of a connection is lost or taken for the guest's, wherever hostd has stopped to read.
    @Test
    void exec_keepsWhatTheGuestIsToldApartFromWhatTheConnectionHasBrought() {
        Property.holds(2_000, draw -> {
            var exec = Bytes.of(draw.bytes(0, 40));
            var ahead = Bytes.of(draw.bytes(0, 40));
            assertThat(GuestdRequest.parse(GuestdRequests.exec(INSTANCE, exec, ahead)))
                    .isEqualTo(new GuestdRequest.Exec(INSTANCE, exec, ahead));
        });
    }

    @Test
    void powerOff_isReadAsItWasWritten() {
        assertThat(GuestdRequest.parse(GuestdRequests.powerOff(1))).isEqualTo(new GuestdRequest.PowerOff(1));
    }

    @ParameterizedTest
    @FieldSource("dev.mvm.guestd.Commands#ALL")
    void vmm_isReadAsItWasWritten(VmmCommand command) {
        for (var version : List.of(RELEASE, BETWEEN_RELEASES)) {
            assertThat(GuestdRequest.parse(GuestdRequests.vmm(command, MOST, GuestdRequest.Vmm.LONGEST, version)))
                    .isEqualTo(new GuestdRequest.Vmm(command, MOST, GuestdRequest.Vmm.LONGEST, version));
        }
    }

    /// A packet that guestd takes is one that hostd writes, letter for letter.
    @Test
    void alteredPacket_isRefusedOrIsAnotherOfHostds() {
        Property.holds(8_000, draw -> {
            var packet = altered(draw, new String(any(draw), ISO_8859_1)).getBytes(ISO_8859_1);
            GuestdRequest read;
            try {
                read = GuestdRequest.parse(packet);
            } catch (IllegalArgumentException e) {
                return;
            }
            assertThat(new String(written(read), ISO_8859_1)).isEqualTo(new String(packet, ISO_8859_1));
        });
    }

    @FuzzTest(maxDuration = "10s")
    void arbitraryPacket_isARequestThatWritesItselfBack_orRefused(byte[] data) {
        GuestdRequest read;
        try {
            read = GuestdRequest.parse(data);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        assertThat(written(read)).isEqualTo(data);
    }

    private static byte[] any(Draw draw) {
        var limit = Duration.ofMillis(draw.between(0, 90_000_000));
        long line = draw.between(1, MOST);
        return switch (draw.intBetween(0, 7)) {
            case 0 ->
                GuestdRequests.open(line, INSTANCE, draw.one(SessionTransport.CONNECTION, SessionTransport.values()));
            case 1 -> GuestdRequests.call(draw.one(GuestCall.PING, GuestCall.values()), line, 2, limit);
            case 2 -> GuestdRequests.powerOff(line);
            case 3 -> GuestdRequests.exec(INSTANCE, Bytes.of(draw.bytes(0, 9)), Bytes.of(draw.bytes(0, 9)));
            case 6 -> GuestdRequests.console(INSTANCE);
            case 7 -> GuestdRequests.logs(INSTANCE, draw.flag());
            case 4 -> GuestdRequests.vmm(Commands.CONFIGURE, line, limit, RELEASE);
            default -> GuestdRequests.vmm(Commands.any(draw), line, limit, BETWEEN_RELEASES);
        };
    }

    private static String altered(Draw draw, String packet) {
        var out = packet;
        for (int i = draw.intBetween(0, 2); i > 0; i--) {
            int at = draw.intBetween(0, out.length());
            int cut = Math.min(out.length(), at + draw.intBetween(0, 2));
            out = out.substring(0, at) + draw.one("", "0", " ", "\n", "x", "vmm ", "\u00e9") + out.substring(cut);
        }
        return out;
    }

    /// Writes a request that was read, as hostd does.
    static byte[] written(GuestdRequest request) {
        return switch (request) {
            case GuestdRequest.Open(var line, var instance, var transport) ->
                GuestdRequests.open(line, instance, transport);
            case GuestdRequest.Ask(var call, var line, var token, var limit) ->
                GuestdRequests.call(call, line, token, limit);
            case GuestdRequest.PowerOff(var line) -> GuestdRequests.powerOff(line);
            case GuestdRequest.Exec(var instance, var exec, var ahead) -> GuestdRequests.exec(instance, exec, ahead);
            case GuestdRequest.Console(var instance) -> GuestdRequests.console(instance);
            case GuestdRequest.Logs(var instance, var follow) -> GuestdRequests.logs(instance, follow);
            case GuestdRequest.Vmm(var command, var token, var limit, var version) ->
                GuestdRequests.vmm(command, token, limit, version);
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "open",
                "open 1",
                "open 1 i-00000001",
                "open 1 i-00000001 pigeon",
                "open 1 ../../etc connection",
                "open 1 i-00000001 connection ",
                "open -1 i-00000001 connection",
                "open 01 i-00000001 connection",
                "ping 1 2",
                "ping 1 2 x",
                "become 1 2 3",
                "poweroff",
                "poweroff 1 2",
                "poweroff 9999999999999999999",
                "poweroff 1\n",
                "console",
                "console 1",
                "console i-00000001 ",
                "console i-00000001\n",
                "console ../../etc",
                "logs i-00000001",
                "logs i-00000001 all",
                "logs i-00000001 follow kept",
                "logs 1 follow",
                "exec i-00000001",
                "exec\n",
                "exec i-00000001\n",
                "exec i-00000001 2\n",
                "exec i-00000001 2\n.",
                "exec i-00000001 02\n..",
                "exec i-00000001 -1\n..",
                "exec i-00000001 1 1\n..",
                "exec 1 0\n",
                "vmm",
                "vmm 1 2 pause",
                "vmm 1 2 pause 1.16.1 x",
                "vmm 1 2 pause 1.16.1\n",
                "vmm 1 2 pause 1.16.1\n1 128 tn0i3 02:fc:00:00:00:03 none\nx",
                "vmm 1 2 configure 1.16.1",
                "vmm 1 2 configure 1.16.1\n",
                "vmm 1 2 reboot 1.16.1",
                "vmm 1 2 PAUSE 1.16.1",
                "vmm 1 2 pause v1.16.1",
                "vmm 1 2 pause one",
                "vmm 1 86400001 pause 1.16.1",
                "vmm 1 999999999999999999 pause 1.16.1",
                "vmm x 2 pause 1.16.1"
            })
    void anythingElse_isRefused(String packet) {
        assertThatIllegalArgumentException().isThrownBy(() -> GuestdRequest.parse(packet.getBytes(US_ASCII)));
    }

    @ParameterizedTest
    @EnumSource
    void report_isReadAsItWasWritten(Report.Word word) {
        var packet = (word.text() + " " + MOST).getBytes(US_ASCII);
        assertThat(packet).hasSizeLessThanOrEqualTo(Report.MAX_BYTES);
        assertThat(Report.parse(packet)).contains(new Report(word, MOST));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "ready", "ready ", "ready 0", "ready 01", "ready 1\n", "READY 1", "ready\t1", "ready 1 1"})
    void anythingElse_isNoReport(String packet) {
        assertThat(Report.parse(packet.getBytes(US_ASCII))).isEqualTo(Optional.empty());
    }
}
