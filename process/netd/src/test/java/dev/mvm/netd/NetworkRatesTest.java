package dev.mvm.netd;

import static dev.mvm.netd.TwoTenants.A;
import static dev.mvm.netd.TwoTenants.A3;
import static dev.mvm.netd.TwoTenants.A4;
import static dev.mvm.netd.TwoTenants.A5;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Poll;
import dev.mvm.model.Rates;
import dev.mvm.model.Slot;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// VMMs that their guests have taken over: they write frames to their taps as fast as they can. Write by write
/// the kernel carries a frame to the other tap, or drops it. More time lets more through, so that a slow
/// machine fails nothing.
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown()
final class NetworkRatesTest {
    private static final int MIB = 1 << 20;
    private static final int HEADER = 10; // struct virtio_net_hdr
    private static final int FRAME = 1400;
    private static final int SOURCE = HEADER + 6; // where a frame has its sender's address
    private static final int ROUNDS = 500;
    private static final int SHARE = 4; // frames that a neighbour sends in a round, as many as the receiver takes
    private static final int FLOOD = 20; // that another sends in it

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

    /// A neighbour sends a guest as much as it takes, and another floods that guest. No time is in it, but that a limit
    /// goes on by the clock.
    @Test
    @Tag("claim-L7")
    void neighbourOfALimitedFlood_keepsItsThroughput_andOfAnUnlimitedOneDoesNot() throws Exception {
        try (var flood = tap(A3);
                var to = tap(A4);
                var neighbour = tap(A5)) {
            int alone = kept(flood, 0, neighbour, to);
            node.rates.put(A3, new Rates(0, 0, 0, 10));
            node.networks.stateChanged(node.all());
            int limited = kept(flood, FLOOD, neighbour, to);
            node.rates.put(A3, Rates.UNLIMITED);
            node.networks.stateChanged(node.all());
            int free = kept(flood, FLOOD, neighbour, to);
            assertThat(alone).isEqualTo(ROUNDS * SHARE);
            assertThat(limited * 100).isGreaterThanOrEqualTo(alone * 70);
            assertThat(free * 100).isLessThan(alone * 70);
        }
    }

    /// Returns how many of the neighbour's frames come out, in rounds in which another sends `more` before it.
    private static int kept(Fd flood, int more, Fd neighbour, Fd to) throws Exception {
        int out = 0;
        try (var arena = Arena.ofConfined()) {
            var theirs = frame(A3, arena);
            var ours = frame(A5, arena);
            var got = arena.allocate(HEADER + 2 * FRAME);
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < more; i++) {
                    assertThat(flood.write(theirs)).isEqualTo(HEADER + FRAME);
                }
                for (int i = 0; i < SHARE; i++) {
                    assertThat(neighbour.write(ours)).isEqualTo(HEADER + FRAME);
                }
                for (int taken = 0; taken < SHARE && Poll.readable(to, Deadline.now()); ) {
                    var _ = to.read(got);
                    boolean isOurs = cameFrom(ours, got);
                    out += isOurs ? 1 : 0;
                    taken += isOurs || cameFrom(theirs, got) ? 1 : 0; // the bridge joins multicast groups, too
                }
            }
        }
        return out;
    }

    private static boolean cameFrom(MemorySegment sent, MemorySegment got) {
        return got.asSlice(SOURCE, 6).mismatch(sent.asSlice(SOURCE, 6)) < 0;
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
        int out = 0;
        try (var arena = Arena.ofConfined()) {
            var frame = frame(sender, arena);
            var got = arena.allocate(HEADER + 2 * FRAME);
            for (int i = 0; i < frames; i++) {
                assertThat(from.write(frame)).isEqualTo(HEADER + FRAME);
                while (Poll.readable(to, Deadline.now())) {
                    int size = to.read(got);
                    boolean ours = got.asSlice(HEADER, 12).mismatch(frame.asSlice(HEADER, 12)) < 0;
                    out += size == HEADER + FRAME && ours ? 1 : 0;
                }
            }
        }
        return out;
    }

    private static MemorySegment frame(Slot sender, Arena arena) {
        var receiver = to(sender);
        var start = "4500%04x0000000040fd".formatted(FRAME - 14); // a protocol for experiments, RFC 3692
        var addresses = "%08x%08x"
                .formatted(A.address(sender).bits(), A.address(receiver).bits());
        var packet = start + Probe.checksum(start + "0000" + addresses) + addresses;
        var head = HexFormat.of().parseHex("00".repeat(HEADER) + hex(receiver) + hex(sender) + "0800" + packet);
        var frame = arena.allocate(HEADER + FRAME);
        frame.asSlice(0, head.length).copyFrom(MemorySegment.ofArray(head));
        return frame;
    }

    private static Slot to(Slot sender) {
        return sender.equals(A4) ? A3 : A4;
    }

    private static String hex(Slot slot) {
        return slot.mac().replace(":", "");
    }
}
