package dev.mvm.hostd.network;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.netdev.MacAddress;
import dev.mvm.model.Ipv4;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.hostd.Observation.Finding;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/// A port of a tenant's bridge that hostd itself holds, to test the rules with frames.
final class Probe {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Ipv4 METADATA = Ipv4.parse("169.254.169.254");
    private static final int LONGEST = 70_000;

    private final TenantNet network;
    private final MacAddress mac;
    private final Ipv4 ip;
    private final Fd tap;

    /// @param tap attached to the tap of `port`; it stays the caller's
    Probe(Port port, Fd tap) {
        this.network = port.network();
        this.mac = port.mac();
        this.ip = network.address(port.slot());
        this.tap = tap;
    }

    /// Finds out which of these `a` and `b`, two ports of one bridge, reach: each other, their gateway, and `other`, a
    /// port of another tenant.
    static List<Finding> shown(Probe a, Probe b, Optional<Probe> other) throws ErrnoException {
        var network = a.network;
        var gateway = Wiring.mac(network);
        var at = network.gateway();
        var out = new ArrayList<Finding>();
        out.add(found(network, "gateway answers", true, a.echo(a, a.mac, gateway, a.ip, at)));
        out.add(found(network, "neighbour is reached", true, a.echo(b, a.mac, b.mac, a.ip, b.ip)));
        out.add(found(network, "false address gets by", false, a.echo(b, a.mac, gateway, b.ip, at)));
        out.add(found(network, "false hardware address gets by", false, a.echo(a, b.mac, gateway, a.ip, at)));
        var lie = ForgedFrame.arpRequest(a.mac, b.ip, at);
        out.add(found(network, "false ARP gets by", false, a.reaches(a, lie, ForgedFrame.pair(a.mac, b.ip))));
        var mark = mark();
        out.add(found(network, "IPv6 gets by", false, a.reaches(b, ForgedFrame.ipv6(a.mac, mark), mark)));
        out.add(found(network, "metadata is reached", false, a.echo(a, a.mac, gateway, a.ip, METADATA)));
        if (other.isPresent()) {
            var c = other.get();
            out.add(found(network, "other tenant is reached", false, a.echo(c, a.mac, gateway, a.ip, c.ip)));
        }
        return out;
    }

    /// Finds out whether `a` reaches `b` when both are isolated.
    static Finding apart(Probe a, Probe b) throws ErrnoException {
        boolean reached = a.echo(b, a.mac, b.mac, a.ip, b.ip);
        return found(a.network, "isolated neighbour is reached", false, reached);
    }

    private static Finding found(TenantNet network, String what, boolean must, boolean is) {
        return Findings.of(network.bridge() + " probe: " + what, must, is);
    }

    private boolean echo(Probe at, MacAddress fromMac, MacAddress toMac, Ipv4 from, Ipv4 to) throws ErrnoException {
        var mark = mark();
        return reaches(at, ForgedFrame.echoRequest(fromMac, toMac, from, to, mark), mark);
    }

    /// Returns whether a frame with `mark` comes out `at` because `frame` was sent here. There is no wait for a time:
    /// both ends ask for their gateway's address next, and a frame that comes at all comes before the answers.
    private boolean reaches(Probe at, byte[] frame, byte[] mark) throws ErrnoException {
        send(frame);
        boolean here = askGateway(mark);
        return at == this ? here : at.askGateway(mark);
    }

    /// Waits until the gateway answers for the first time.
    void awaitGateway() throws ErrnoException {
        var _ = askGateway(mark());
    }

    /// Returns whether a frame with `mark` comes before the gateway's answer.
    private boolean askGateway(byte[] mark) throws ErrnoException {
        send(ForgedFrame.arpRequest(mac, ip, network.gateway()));
        var answer = ForgedFrame.arpReply(Wiring.mac(network), network.gateway(), mac, ip);
        var deadline = Deadline.in(PATIENCE);
        boolean seen = false;
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(LONGEST);
            while (Poll.readable(tap, deadline)) {
                var frame = buffer.asSlice(0, tap.read(buffer)).toArray(JAVA_BYTE);
                if (contains(frame, answer)) {
                    return seen;
                }
                seen |= contains(frame, mark);
            }
        }
        throw new ErrnoException("probe", Errno.ETIMEDOUT, network.gateway() + " does not answer");
    }

    private static boolean contains(byte[] frame, byte[] part) {
        return IntStream.rangeClosed(0, frame.length - part.length)
                .anyMatch(at -> Arrays.equals(frame, at, at + part.length, part, 0, part.length));
    }

    private void send(byte[] frame) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var _ = tap.write(arena.allocate(frame.length).copyFrom(MemorySegment.ofArray(frame)));
        }
    }

    private static byte[] mark() {
        var bits = ThreadLocalRandom.current().nextInt();
        return ByteBuffer.allocate(Integer.BYTES).putInt(bits).array();
    }
}
