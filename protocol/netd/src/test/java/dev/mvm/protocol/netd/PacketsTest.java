package dev.mvm.protocol.netd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.model.InterfaceName;
import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantNet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Texts as they were written once: a netd of an earlier installation may be at the other end.
final class PacketsTest {
    private static final Slot SLOT = new Slot(new NetId(7), 3);
    private static final TenantNet NETWORK = new TenantNet(SLOT.net(), Subnet.parse("10.240.7.0/24"));
    private static final NodeNetworks ALL = new NodeNetworks(
            Optional.of(new InterfaceName("eth0")),
            List.of(NETWORK),
            List.of(
                    new Place(SLOT, false, false, 0, 0),
                    new Place(new Slot(SLOT.net(), 4), true, false, 20, 0),
                    new Place(new Slot(SLOT.net(), 5), false, true, 0, 5000),
                    new Place(new Slot(SLOT.net(), 6), true, true, 1, 1)));
    private static final String LINES = """
            uplink eth0
            network 7 10.240.7.0/24
            place 7.3 0 0
            place 7.4 20 0 isolated
            place 7.5 0 5000 egress
            place 7.6 1 1 isolated egress
            """;

    @Test
    void requests_areWrittenAsEver() {
        assertThat(new NetdRequest.Up(SLOT.net(), ALL).text()).isEqualTo("up 7\n" + LINES);
        assertThat(new NetdRequest.State(ALL).text()).isEqualTo("state\n" + LINES);
        assertThat(new NetdRequest.Prepare(SLOT, 1879048195).text()).isEqualTo("prepare 7.3 1879048195");
        assertThat(new NetdRequest.Fetch(SLOT, 9, NETWORK.subnet(), ALL).text())
                .isEqualTo("fetch 7.3 9 10.240.7.0/24\n" + LINES);
        assertThat(new NetdRequest.Adopt(SLOT, 9, NETWORK.subnet(), ALL).text())
                .isEqualTo("adopt 7.3 9 10.240.7.0/24\n" + LINES);
        assertThat(new NetdRequest.Disconnect(SLOT, ALL).text()).isEqualTo("disconnect 7.3\n" + LINES);
        assertThat(new NetdRequest.Verify(true).text()).isEqualTo("verify deep");
        assertThat(new NetdRequest.Verify(false).text()).isEqualTo("verify shallow");
        assertThat(new NetdRequest.Count(true).text()).isEqualTo("count all");
        assertThat(new NetdRequest.Count(false).text()).isEqualTo("count traffic");
        assertThat(new NetdRequest.State(new NodeNetworks(Optional.empty(), List.of(), List.of())).text())
                .isEqualTo("state\n");
    }

    @Test
    void replies_areReadAsEver() {
        assertThat(NetdReply.parse("done")).isEqualTo(new NetdReply.Done());
        assertThat(NetdReply.parse("absent")).isEqualTo(new NetdReply.Absent());
        assertThat(NetdReply.parse("failed 17 tn7i3 is there")).isEqualTo(new NetdReply.Failed(17, "tn7i3 is there"));
        assertThat(NetdReply.parse("found")).isEqualTo(new NetdReply.Found(""));
        assertThat(NetdReply.parse("found\ngood rules\tall\nwrong br-tenant-7\tmissing, must be there"))
                .isEqualTo(new NetdReply.Found("\ngood rules\tall\nwrong br-tenant-7\tmissing, must be there"));
        assertThat(NetdReply.parse("counted")).isEqualTo(new NetdReply.Counted(Set.of(), Map.of(), Map.of()));
        assertThat(NetdReply.parse("counted\nup 7\ntraffic 7.3 99\nasked 7.4 2"))
                .isEqualTo(new NetdReply.Counted(
                        Set.of(SLOT.net()), Map.of(SLOT, 99L), Map.of(new Slot(SLOT.net(), 4), 2L)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Done",
                "done ",
                "done\n",
                "absent\nup 7",
                "failed",
                "failed 17",
                "failed -1 x",
                "failed 99999 x",
                "failed 17 a\nb",
                "failed 17 \u00e9",
                "found ",
                "findings\ngood rules\tall",
                "counted\n",
                "counted\nup",
                "counted\nup 4096",
                "counted\nup 7.3",
                "counted\nup 7.3 1",
                "counted\ntraffic 7",
                "counted\ntraffic 7.3",
                "counted\ntraffic 7.1 9",
                "counted\ntraffic 7.3 -9",
                "counted\ntraffic 7.3 9999999999999999999",
                "counted\nother 7.3 9",
            })
    void otherReplies_areRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> NetdReply.parse(text));
    }

    /// Nothing else of them is looked at here: they are read where they are shown.
    @Test
    void findingsWithoutAnEnd_areRefused() {
        var most = "\n" + "x".repeat((1 << 20) - 1);
        assertThat(NetdReply.parse("found" + most)).isEqualTo(new NetdReply.Found(most));
        assertThatIllegalArgumentException().isThrownBy(() -> NetdReply.parse("found" + most + "x"));
    }

    @FuzzTest
    void anyText_isAReplyOrRefused(byte[] bytes) {
        var text = new String(bytes, US_ASCII);
        try {
            assertThat(NetdReply.parse(text)).isNotNull();
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
