package dev.mvm.netd;

import static dev.mvm.netd.TwoTenants.A;
import static dev.mvm.netd.TwoTenants.A3;
import static dev.mvm.netd.TwoTenants.A4;
import static dev.mvm.netd.TwoTenants.A5;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Poll;
import dev.mvm.model.Rates;
import dev.mvm.model.Slot;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// VMMs that their guests have taken over: they write frames to their taps as fast as they can. Write by write the
/// kernel
/// carries a frame to the other tap, or drops it. More time lets more through, so that a slow machine fails nothing.
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown()
final class NetworkRatesTest {
    private static final int MIB = 1 << 20;
    private static final int HEADER = 10; // struct virtio_net_hdr
    private static final int FRAME = 1400;

    private TwoTenants node;

    @BeforeEach
    void setUp() throws Exception {
        node = new TwoTenants();
    }

    @AfterEach
    void tearDown() throws Exception {
        node.close();
    }

    @Test
    @Tag("claim-L7")
    void bytesThatAVmmSends_areLimited() throws Exception {
        node.rates.put(A3, new Rates(0, 0, 1, 0));
        limited(5 * MIB / FRAME, 2 * MIB / FRAME, MIB / FRAME);
    }

    @Test
    @Tag("claim-L7")
    void packetsThatAVmmSends_areLimited() throws Exception {
        node.rates.put(A3, new Rates(0, 0, 0, 50));
        limited(1000, 100, 50);
    }

    @Test
    @Tag("claim-L7")
    void bytesThatAVmmReceives_areLimited() throws Exception {
        node.rates.put(A4, new Rates(0, 0, 1, 0));
        limited(5 * MIB / FRAME, 2 * MIB / FRAME, MIB / FRAME);
    }

    @Test
    @Tag("claim-L7")
    void packetsThatAVmmReceives_areLimited() throws Exception {
        node.rates.put(A4, new Rates(0, 0, 0, 50));
        limited(1000, 100, 50);
    }

    /// Of `frames` at once come `first`, and `more` in each second that it takes; not much less than `first`.
    private void limited(int frames, int first, int more) throws Exception {
        try (var from = tap(A3);
                var to = tap(A4)) {
            long began = System.nanoTime();
            int carried = carried(from, A3, to, frames);
            long seconds = 1 + Duration.ofNanos(System.nanoTime() - began).toSeconds();
            assertThat(carried).isBetween(first * 9 / 10, (int) (first + more * seconds));
            assertThat(node.networks.verify(false)).allMatch(finding -> finding.holds());
        }
    }

    @Test
    void neighbourOfALimitedOne_andBothWaysApart_areNotLimited() throws Exception {
        node.rates.put(A3, new Rates(0, 0, 0, 50));
        try (var limited = tap(A3);
                var to = tap(A4);
                var free = tap(A5)) {
            assertThat(carried(limited, A3, to, 1000)).isLessThan(1000);
            assertThat(carried(to, A4, limited, 50)).isEqualTo(50); // what it sent does not count
            assertThat(carried(free, A5, to, 1000)).isEqualTo(1000);
        }
    }

    /// The state in force says another rate, and the tap stays.
    @Test
    void newRates_areInForceAtOnce() throws Exception {
        try (var from = tap(A3);
                var to = tap(A4)) {
            assertThat(carried(from, A3, to, 1000)).isEqualTo(1000);
            node.rates.put(A3, new Rates(0, 0, 0, 50));
            node.networks.stateChanged(node.all());
            assertThat(carried(from, A3, to, 1000)).isLessThan(1000);
            node.rates.putAll(Map.of(A3, Rates.UNLIMITED));
            node.networks.stateChanged(node.all());
            assertThat(carried(from, A3, to, 1000)).isEqualTo(1000);
        }
    }

    @Test
    void largestRates_areTaken() throws Exception {
        node.rates.put(A3, new Rates(0, 0, 1_000_000, 1_000_000));
        try (var from = tap(A3);
                var to = tap(A4)) {
            assertThat(carried(from, A3, to, 1000)).isEqualTo(1000);
        }
    }

    private Fd tap(Slot slot) throws Exception {
        return Taps.connect(node.networks, node.all(), A, slot, 0);
    }

    /// Returns how many of `frames` from one tap come out of the other.
    private static int carried(Fd from, Slot sender, Fd to, int frames) throws Exception {
        var receiver = to(sender);
        var start = "4500%04x0000000040fd".formatted(FRAME - 14); // a protocol for experiments, RFC 3692
        var addresses = "%08x%08x"
                .formatted(A.address(sender).bits(), A.address(receiver).bits());
        var packet = start + Probe.checksum(start + "0000" + addresses) + addresses;
        var head = HexFormat.of().parseHex("00".repeat(HEADER) + hex(receiver) + hex(sender) + "0800" + packet);
        int out = 0;
        try (var arena = Arena.ofConfined()) {
            var frame = arena.allocate(HEADER + FRAME);
            frame.asSlice(0, head.length).copyFrom(MemorySegment.ofArray(head));
            var got = arena.allocate(HEADER + 2 * FRAME);
            for (int i = 0; i < frames; i++) {
                assertThat(from.write(frame)).isEqualTo(HEADER + FRAME);
                while (Poll.readable(to, Deadline.now())) {
                    int size = to.read(got);
                    var ours = got.asSlice(HEADER, 12).toArray(JAVA_BYTE);
                    out += size == HEADER + FRAME && Arrays.equals(ours, 0, 12, head, HEADER, HEADER + 12) ? 1 : 0;
                }
            }
        }
        return out;
    }

    private static Slot to(Slot sender) {
        return sender.equals(A4) ? A3 : A4;
    }

    private static String hex(Slot slot) {
        return slot.mac().replace(":", "");
    }
}
