package dev.mvm.netd;

import static dev.mvm.netd.TwoTenants.A;
import static dev.mvm.netd.TwoTenants.A3;
import static dev.mvm.netd.TwoTenants.B;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.netdev.InterfaceSetting;
import dev.mvm.model.InterfaceName;
import dev.mvm.model.Ipv4;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Frames for the groups 01:80:c2:00:00:00 to 0f, which a bridge takes in itself (IEEE 802.1D 7.12.6), and for all
/// stations. The node has no reverse path filter here, neither of its own nor at the tap, so the rules stand alone.
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown
final class LinkLocalGroupTest {
    private static final String EVERY_STATION = "ffffffffffff";
    private static final Ipv4 NOBODY = Ipv4.parse("0.0.0.0");
    private static final Ipv4 EVERYBODY = Ipv4.parse("255.255.255.255");
    private static final String LAST = "the last one";

    private TwoTenants node;
    private Fd tap;
    private DatagramSocket socket;

    @BeforeEach
    void setUp() throws Exception {
        for (var interfaces : List.of("all", "default")) {
            Files.writeString(Path.of("/proc/sys/net/ipv4/conf", interfaces, "rp_filter"), "0");
        }
        node = new TwoTenants();
        tap = Taps.connect(node.networks, node.all(), A, A3, 0);
        var name = new InterfaceName(A3.tap());
        InterfaceSetting.RP_FILTER.set(name, 0);
        InterfaceSetting.DROP_UNICAST_IN_L2_MULTICAST.set(name, 0);
        socket = new DatagramSocket(Guest.PORT);
    }

    @AfterEach
    void tearDown() throws Exception {
        socket.close();
        tap.close();
        node.close();
    }

    private static List<String> stations() {
        var out = new ArrayList<String>();
        for (int group = 0; group <= 0xf; group++) {
            out.add("0180c2%06x".formatted(group));
        }
        out.add(EVERY_STATION);
        return out;
    }

    @Test
    @Tag("claim-N1")
    @Tag("claim-N2")
    @Tag("claim-N3")
    void datagrams_doNotReachTheNode_andWithoutTheRulesTheyWould() throws Exception {
        assertThat(received()).isEmpty();
        node.nftables.apply("{\"nftables\":[{\"flush\":{\"ruleset\":null}}]}");
        assertThat(received())
                .hasSizeGreaterThan(14 * 4)
                .contains("0180c200000e 255.255.255.255", "0180c2000002 10.240.1.1", "0180c200000f 10.240.0.1");
    }

    /// Sends one datagram for each station, source and destination, and returns those that the node's socket got.
    private List<String> received() throws Exception {
        for (var station : stations()) {
            datagram(station, NOBODY, EVERYBODY);
            for (var destination : List.of(A.gateway(), B.gateway())) {
                datagram(station, A.address(A3), destination);
                datagram(station, B.address(TwoTenants.B4), destination);
            }
        }
        var last = LAST.getBytes(US_ASCII);
        socket.send(new DatagramPacket(last, last.length, InetAddress.getLoopbackAddress(), Guest.PORT));
        var out = new ArrayList<String>();
        while (true) {
            var packet = new DatagramPacket(new byte[100], 100);
            socket.receive(packet);
            var text = new String(packet.getData(), 0, packet.getLength(), US_ASCII);
            if (text.equals(LAST)) {
                return out;
            }
            out.add(text);
        }
    }

    private void datagram(String station, Ipv4 source, Ipv4 destination) throws Exception {
        var text = (station + " " + destination).getBytes(US_ASCII);
        var ports = "%04x".formatted(Guest.PORT).repeat(2);
        var udp = ports + "%04x".formatted(8 + text.length) + "0000"
                + HexFormat.of().formatHex(text);
        var total = "%04x".formatted(20 + udp.length() / 2);
        var start = "4500" + total + "00000000" + "4011";
        var addresses = "%08x%08x".formatted(source.bits(), destination.bits());
        send(station + mac() + "0800" + start + Probe.checksum(start + addresses) + addresses + udp);
    }

    @Test
    @Tag("claim-N2")
    @Tag("claim-N3")
    void questions_areNotAnsweredAndTeachNothing_andWithoutTheRulesTheyWould() throws Exception {
        assertThat(answered()).isZero();
        assertThat(neighbours()).isEmpty();
        node.nftables.apply("{\"nftables\":[{\"flush\":{\"ruleset\":null}}]}");
        assertThat(answered()).isGreaterThanOrEqualTo(14 * 2);
        assertThat(neighbours()).hasSizeGreaterThanOrEqualTo(14);
    }

    /// Asks by each group, in the name of nobody and of one of the addresses 10.240.0.160 to 175, for the gateway;
    /// returns the number of answers that come before the one to the tap's own question.
    private int answered() throws Exception {
        for (int group = 0; group <= 0xf; group++) {
            for (int sender : new int[] {0, A.gateway().bits() - 1 + 160 + group}) {
                question("0180c2%06x".formatted(group), sender);
            }
        }
        int own = A.address(A3).bits();
        var answer = "0002%s%08x%s".formatted("[0-9a-f]{12}", A.gateway().bits(), mac());
        int out = 0;
        int ownAnswers = 0;
        var end = Deadline.in(Duration.ofMinutes(1));
        for (int asked = 1; ownAnswers == 0 && !end.isPassed(); asked++) { // an answer may be lost
            question(EVERY_STATION, own);
            var again = Deadline.in(Duration.ofMillis(200));
            while (ownAnswers < asked && !again.isPassed() && Poll.readable(tap, again)) {
                var frame = frame();
                boolean isOwn = frame.matches(".*" + answer + "%08x.*".formatted(own));
                ownAnswers += isOwn ? 1 : 0;
                out += !isOwn && frame.matches(".*" + answer + ".*") ? 1 : 0;
            }
        }
        assertThat(ownAnswers).describedAs("answers of the gateway").isPositive();
        return out;
    }

    private String frame() throws Exception {
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(2000);
            int size = tap.read(buffer);
            return HexFormat.of().formatHex(buffer.asSlice(0, size).toArray(JAVA_BYTE));
        }
    }

    private void question(String station, int sender) throws Exception {
        send(station + mac() + "0806" + "0001080006040001" + mac() + "%08x".formatted(sender) + "0".repeat(12)
                + "%08x".formatted(A.gateway().bits()));
    }

    /// The node's neighbours of the addresses that [#answered] uses.
    private static List<String> neighbours() throws Exception {
        return Files.readAllLines(Path.of("/proc/self/net/arp")).stream()
                .filter(line -> line.matches("10\\.240\\.0\\.1[67][0-9] .*"))
                .toList();
    }

    private static String mac() {
        return A3.mac().replace(":", "");
    }

    private void send(String frame) throws Exception {
        try (var arena = Arena.ofConfined()) {
            var bytes = HexFormat.of().parseHex("0".repeat(20) + frame);
            assertThat(tap.write(arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes))))
                    .isEqualTo(bytes.length);
        }
    }
}
