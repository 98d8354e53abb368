package dev.mvm.netd;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Poll;
import dev.mvm.model.Ipv4;
import dev.mvm.model.TenantNet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/// A port of a tenant's bridge that netd itself holds, to show with frames what gets by. Frames and addresses are
/// hexadecimal here.
///
/// @param fd attached to the tap of `port`; each frame begins with a `struct virtio_net_hdr`, linux/virtio_net.h
record Probe(Port port, Fd fd) implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration AGAIN = Duration.ofMillis(200);
    private static final String NO_OFFLOAD = "0".repeat(20);
    private static final String BROADCAST = "f".repeat(12);
    private static final String NOBODY = "0".repeat(8);
    private static final String LINK_LOCAL = "fe80" + "0".repeat(27) + "1"; // IPv6
    private static final int LONGEST = 70_000;

    /// Finds out which of these `a` and `b`, two ports of one bridge, reach: each other, their gateway, and `other`, a
    /// port of another tenant.
    static List<Finding> shown(Probe a, Probe b, Optional<Probe> other) throws ErrnoException {
        var network = a.port.network();
        var gateway = mac(network);
        var at = hex(network.gateway());
        var out = new ArrayList<Finding>();
        out.add(found(network, "gateway answers", true, a.echo(a, a.mac(), gateway, a.ip(), at)));
        out.add(found(network, "neighbour is reached", true, a.echo(b, a.mac(), b.mac(), a.ip(), b.ip())));
        out.add(found(network, "false address gets by", false, a.echo(b, a.mac(), gateway, b.ip(), at)));
        out.add(found(network, "false hardware address gets by", false, a.echo(a, b.mac(), gateway, a.ip(), at)));
        var lie = a.arp(b.ip(), at);
        out.add(found(network, "false ARP gets by", false, a.reaches(a, lie, a.mac() + b.ip())));
        var mark = mark();
        var packet = "60000000" + "00043b40" + LINK_LOCAL + LINK_LOCAL + mark; // from itself to itself
        out.add(found(network, "IPv6 gets by", false, a.reaches(b, BROADCAST + a.mac() + "86dd" + packet, mark)));
        out.add(found(network, "metadata is reached", false, a.echo(a, a.mac(), gateway, a.ip(), "a9fea9fe")));
        out.add(found(network, "frame for a link-local group is taken in", false, a.group(at)));
        if (other.isPresent()) {
            var c = other.get();
            out.add(found(network, "other tenant is reached", false, a.echo(c, a.mac(), gateway, a.ip(), c.ip())));
        }
        return out;
    }

    /// Tests [#shown] again with both ports isolated.
    static Finding apart(Probe a, Probe b) throws ErrnoException {
        boolean reached = a.echo(b, a.mac(), b.mac(), a.ip(), b.ip());
        return found(a.port.network(), "isolated neighbour is reached", false, reached);
    }

    private static Finding found(TenantNet network, String what, boolean must, boolean is) {
        return Findings.of(network.bridge() + " probe: " + what, must, is);
    }

    /// Returns whether the node answers a frame for a link-local group. Its answer to a question from 0.0.0.0
    /// does not depend on a reverse path filter. The first group is left out, it goes the way of all other
    /// frames.
    private boolean group(String gateway) throws ErrnoException {
        boolean answered = false;
        for (int group = 1; group <= 0xf; group++) {
            var to = "0180c2%06x".formatted(group);
            var question = to + arp(NOBODY, gateway).substring(BROADCAST.length());
            answered |= reaches(this, question, gateway + mac() + NOBODY);
            answered |= echo(this, mac(), to, ip(), gateway);
        }
        return answered;
    }

    private boolean echo(Probe at, String fromMac, String toMac, String from, String to) throws ErrnoException {
        var mark = mark();
        var ip = "4500001c" + "00000000" + "4001" + "%s" + from + to;
        var icmp = "0800" + "%s" + mark;
        var packet = ip.formatted(checksum(ip.formatted(""))) + icmp.formatted(checksum(icmp.formatted("")));
        return reaches(at, toMac + fromMac + "0800" + packet, mark);
    }

    /// Returns whether a frame with `mark` comes out `at` because `frame` was sent here. There is no wait for a time:
    /// both ends ask for their gateway's address next, and a frame that comes at all comes before the answers.
    private boolean reaches(Probe at, String frame, String mark) throws ErrnoException {
        send(frame);
        boolean here = askGateway(mark);
        return at.equals(this) ? here : at.askGateway(mark);
    }

    /// Returns whether a frame with `mark` comes before the gateway's answer. Asks again while there is none, and then
    /// waits for an answer to each question, so that none is left for the next.
    ///
    /// @throws ErrnoException ETIMEDOUT without an answer in 5 s, EBADFD if the tap has been removed
    boolean askGateway(String mark) throws ErrnoException {
        var gateway = hex(port.network().gateway());
        var answer = "0002" + mac(port.network()) + gateway + mac() + ip();
        var deadline = Deadline.in(PATIENCE);
        boolean seen = false;
        int answers = 0;
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(LONGEST);
            for (int questions = 1; answers == 0 && !deadline.isPassed(); questions++) {
                send(arp(ip(), gateway));
                var again = Deadline.in(AGAIN);
                while (answers < questions && !again.isPassed() && Poll.readable(fd, again)) {
                    var frame = buffer.asSlice(0, fd.read(buffer)).toArray(JAVA_BYTE);
                    var hex = HexFormat.of().formatHex(frame);
                    answers += hex.contains(answer) ? 1 : 0;
                    seen |= hex.contains(mark);
                }
            }
        }
        if (answers == 0) {
            throw new ErrnoException("probe", Errno.ETIMEDOUT, port.network().gateway() + " does not answer");
        }
        return seen;
    }

    private String arp(String from, String to) {
        return BROADCAST + mac() + "0806" + "0001080006040001" + mac() + from + "0".repeat(12) + to;
    }

    private void send(String frame) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var bytes = HexFormat.of().parseHex(NO_OFFLOAD + frame);
            var _ = fd.write(arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes)));
        }
    }

    private String mac() {
        return port.slot().mac().replace(":", "");
    }

    private String ip() {
        return hex(port.network().address(port.slot()));
    }

    private static String mac(TenantNet network) {
        return "%012x".formatted(Wiring.mac(network).bits());
    }

    private static String hex(Ipv4 address) {
        return "%08x".formatted(address.bits());
    }

    private static String mark() {
        return "%08x".formatted(ThreadLocalRandom.current().nextInt());
    }

    /// RFC 1071.
    static String checksum(String words) {
        int sum = 0;
        for (int i = 0; i < words.length(); i += 4) {
            sum += Integer.parseInt(words, i, i + 4, 16);
        }
        return "%04x".formatted(~(sum + (sum >>> 16)) & 0xffff);
    }

    @Override
    public void close() {
        fd.close();
    }
}
