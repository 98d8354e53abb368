package dev.mvm.netd;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.mvm.model.InterfaceName;
import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantNet;
import dev.mvm.property.Draw;
import dev.mvm.property.Property;
import dev.mvm.protocol.netd.NetdReply;
import dev.mvm.protocol.netd.NetdRequest;
import dev.mvm.protocol.netd.NodeNetworks;
import dev.mvm.protocol.netd.Place;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RequestReaderTest {
    private static final Subnet SUBNET = Subnet.parse("10.240.7.0/24");

    private static boolean either(Draw draw) {
        return draw.between(0, 1) == 1;
    }

    private static NetId net(Draw draw) {
        return new NetId((int) draw.between(0, NetId.MAX));
    }

    private static Slot slot(Draw draw) {
        return new Slot(net(draw), (int) draw.between(Slot.FIRST, Slot.LAST));
    }

    private static NodeNetworks all(Draw draw) {
        var uplink = either(draw) ? Optional.of(new InterfaceName("enP2p1s0f0")) : Optional.<InterfaceName>empty();
        var networks = IntStream.range(0, (int) draw.between(0, 5))
                .mapToObj(_ -> new TenantNet(net(draw), SUBNET))
                .toList();
        var places = IntStream.range(0, (int) draw.between(0, 20))
                .mapToObj(_ -> new Place(
                        slot(draw), either(draw), either(draw), (int) draw.between(0, 3), (int) draw.between(0, 3)))
                .toList();
        return new NodeNetworks(uplink, networks, places);
    }

    @Test
    void anyRequest_isReadAsItWasWritten() {
        Property.holds(200, draw -> {
            int uid = (int) draw.between(0, Integer.MAX_VALUE);
            for (var request : List.of(
                    new NetdRequest.Up(net(draw), all(draw)),
                    new NetdRequest.State(all(draw)),
                    new NetdRequest.Prepare(slot(draw), uid),
                    new NetdRequest.Fetch(slot(draw), uid, SUBNET, all(draw)),
                    new NetdRequest.Adopt(slot(draw), uid, SUBNET, all(draw)),
                    new NetdRequest.Disconnect(slot(draw), all(draw)),
                    new NetdRequest.Verify(either(draw)),
                    new NetdRequest.Count(either(draw)))) {
                assertThat(RequestReader.read(request.text())).isEqualTo(request);
            }
        });
    }

    @Test
    void anyReply_isReadAsItWasWritten() {
        Property.holds(200, draw -> {
            for (var reply : List.of(
                    new NetdReply.Done(),
                    new NetdReply.Absent(),
                    new NetdReply.Failed((int) draw.between(0, 133), "it is there"),
                    new NetdReply.Found(new Finding("rules", either(draw), "all").line()),
                    new NetdReply.Counted(
                            Set.of(net(draw)),
                            Map.of(slot(draw), draw.between(0, 1L << 50)),
                            Map.of(slot(draw), draw.between(0, 1L << 50))))) {
                assertThat(NetdReply.parse(ReplyWriter.text(reply))).isEqualTo(reply);
            }
        });
    }

    @Test
    void whatIsNoOneLineOfAscii_isWrittenAsOne() {
        var written = ReplyWriter.text(new NetdReply.Failed(2, "a\nb\u00e9" + "x".repeat(1_000)));
        assertThat(NetdReply.parse(written)).isEqualTo(new NetdReply.Failed(2, "a?b?" + "x".repeat(396)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "up",
                "up 7",
                "up 7 8\n",
                "up 4096\n",
                "up 07\n",
                "state",
                "state \n",
                "state\nuplink",
                "state\nuplink eth0",
                "state\nuplink ../x\n",
                "state\nuplink all\n",
                "state\nuplink eth0\nuplink eth1\n",
                "state\nuplink a\";flush\n",
                "state\nnetwork 7\n",
                "state\nnetwork 7 192.168.0.0/24\n",
                "state\nplace\n",
                "state\nplace 7 0 0\n",
                "state\nplace 7.2 0 0\n",
                "state\nplace 7.3\n",
                "state\nplace 7.3 0\n",
                "state\nplace 7.3 0 -1\n",
                "state\nplace 7.3 00 1\n",
                "state\nplace 7.3 egress 0 0\n",
                "state\nplace 7.3 0 0 0\n",
                "state\nplace 7.3 0 0 open\n",
                "state\nplace 7.3 0 0 egress egress\n",
                "state\nplace 7.3 0 0 isolated \n",
                "state\nother 7\n",
                "state\n\n",
                "prepare 7.3",
                "prepare 7.3 -1",
                "prepare 7.3 9999999999",
                "prepare 7.3 1\n",
                "fetch 7.3 1\n",
                "fetch 7.3 1 10.240.7.0/24",
                "fetch 7.3.4 1 10.240.7.0/24\n",
                "disconnect 7.3",
                "disconnect eth0\n",
                "verify",
                "verify all",
                "count 1",
                "exec sh",
            })
    @Tag("claim-P3")
    void otherRequests_areRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> RequestReader.read(text));
    }

    @FuzzTest
    void anyText_isARequestOrRefused(byte[] bytes) {
        var text = new String(bytes, US_ASCII);
        try {
            var request = RequestReader.read(text);
            assertThat(RequestReader.read(request.text())).isEqualTo(request);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
