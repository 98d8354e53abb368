package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guestline.Call;
import dev.mvm.protocol.guestline.Link;
import dev.mvm.protocol.guestline.Report;
import dev.mvm.protocol.guestline.Requests;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Both halves of the protocol between hostd and guestd.
final class RequestTest {
    private static final InstanceId INSTANCE = new InstanceId("i-00000001");
    private static final long MOST = 999_999_999_999_999_999L;

    @ParameterizedTest
    @EnumSource
    void open_isReadAsItWasWritten(Link link) {
        assertThat(Request.parse(Requests.open(MOST, INSTANCE, link)))
                .isEqualTo(new Request.Open(MOST, INSTANCE, link));
    }

    @ParameterizedTest
    @EnumSource
    void call_isReadAsItWasWritten(Call call) {
        assertThat(Request.parse(Requests.call(call, 1, 2, Duration.ofSeconds(3))))
                .isEqualTo(new Request.Ask(call, 1, 2, Duration.ofSeconds(3)));
    }

    @Test
    void exec_isReadAsItWasWritten_withLineFeedsAndZeroesAndAtItsLargest() {
        var payload = new byte[Requests.MAX_EXEC];
        payload[0] = '\n';
        payload[1] = ' ';
        var packet = Requests.exec(MOST, Bytes.of(payload));
        assertThat(packet).hasSizeLessThanOrEqualTo(Requests.MAX_BYTES);
        assertThat(Request.parse(packet)).isEqualTo(new Request.Exec(MOST, Bytes.of(payload)));
        assertThat(Request.parse(Requests.exec(1, Bytes.EMPTY))).isEqualTo(new Request.Exec(1, Bytes.EMPTY));
    }

    @Test
    void powerOff_isReadAsItWasWritten() {
        assertThat(Request.parse(Requests.powerOff(1))).isEqualTo(new Request.PowerOff(1));
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
                "exec 1",
                "exec\n",
                "exec 1 2\n"
            })
    void anythingElse_isRefused(String packet) {
        assertThatIllegalArgumentException().isThrownBy(() -> Request.parse(packet.getBytes(US_ASCII)));
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
