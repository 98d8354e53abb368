package dev.mvm.protocol.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.Bytes;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.Rates;
import dev.mvm.model.Slot;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Packets as they were written once: a guestd of an earlier installation may be at the other end.
final class PacketsTest {
    private static final Duration LIMIT = Duration.ofMillis(1500);

    private static void same(byte[] packet, String golden) {
        assertThat(new String(packet, US_ASCII)).isEqualTo(golden);
    }

    @Test
    void requests_areWrittenAsEver() {
        same(GuestdRequests.open(7, InstanceId.of(1), SessionTransport.SERIAL_PORT), "open 7 i-00000001 serial_port");
        same(GuestdRequests.call(GuestCall.PREPARE_SLEEP, 7, 9, LIMIT), "prepare_sleep 7 9 1500");
        same(GuestdRequests.powerOff(7), "poweroff 7");
        same(
                GuestdRequests.exec(InstanceId.of(1), Bytes.of(new byte[] {'x', 'y'}), Bytes.of(new byte[] {'z'})),
                "exec i-00000001 2\nxyz");
        same(GuestdRequests.console(InstanceId.of(1)), "console i-00000001");
        same(GuestdRequests.logs(InstanceId.of(1), false), "logs i-00000001 kept");
        same(GuestdRequests.logs(InstanceId.of(1), true), "logs i-00000001 follow");
        var version = FirecrackerVersion.parse("1.15.1");
        same(
                GuestdRequests.vmm(
                        new VmmCommand.GoOn(new VmmCommand.Disks(false, true), new Rates(1, 0, 2, 3)),
                        9,
                        LIMIT,
                        version),
                "vmm 9 1500 go_on 1.15.1\nvolume 1 0 2 3");
        var configure = new VmmCommand.Configure(
                2,
                512,
                new Slot(new NetId(7), 3),
                new VmmCommand.Disks(false, false),
                new Rates(1, 0, 2, 3),
                "console=ttyS0");
        same(
                GuestdRequests.vmm(configure, 9, LIMIT, version),
                "vmm 9 1500 configure 1.15.1\n2 512 tn7i3 02:fc:00:07:00:03 none 1 0 2 3\nconsole=ttyS0");
    }

    @Test
    void reports_areReadAsEver() {
        assertThat(Report.parse("hook_idle 7".getBytes(US_ASCII))).contains(new Report(Report.Word.HOOK_IDLE, 7));
        assertThat(Report.parse("other_version 9".getBytes(US_ASCII)))
                .contains(new Report(Report.Word.OTHER_VERSION, 9));
    }
}
