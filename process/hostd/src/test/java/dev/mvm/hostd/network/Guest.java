package dev.mvm.hostd.network;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.linux.netdev.InterfaceName;
import dev.mvm.linux.netdev.MacAddress;
import dev.mvm.linux.netlink.InterfaceAddress;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.model.Ipv4;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Stands for a guest: a network namespace with the stack of a real kernel, at the other end of a cable that
/// carries the name of the guest's tap.
@SuppressWarnings("MustBeClosedChecker") // closed by close()
final class Guest implements AutoCloseable {
    static final int PORT = 9;
    private static final int PATIENCE_MILLIS = 60_000;

    private static final InterfaceName ETH0 = new InterfaceName("eth0");

    private final Netlink host;
    private final int tap;
    private final NetworkNamespace namespace;
    private final DatagramSocket socket;

    private Guest(Netlink host, int tap, NetworkNamespace namespace, DatagramSocket socket) {
        this.host = host;
        this.tap = tap;
        this.namespace = namespace;
        this.socket = socket;
    }

    /// Plugs a guest into its tenant's bridge.
    static Guest plugIn(Netlink host, TenantNet network, Slot slot) throws IOException {
        var namespace = NetworkNamespace.create();
        var tap = host.createVeth(new InterfaceName(slot.tap()), ETH0, namespace.fd());
        var bridge = host.link(new InterfaceName(network.bridge())).orElseThrow();
        host.setMaster(tap.index(), bridge.index());
        host.setUp(tap.index(), true);
        var socket = namespace.call(() -> {
            try (var netlink = new Netlink()) {
                var eth0 = netlink.link(ETH0).orElseThrow();
                netlink.setMac(eth0.index(), mac(slot));
                netlink.add(new InterfaceAddress(
                        eth0.index(),
                        network.address(slot).bits(),
                        network.subnet().prefix()));
                netlink.setUp(eth0.index(), true);
            }
            ip("route", "add", "default", "via", network.gateway().toString());
            var bound = new DatagramSocket(new InetSocketAddress(inet(network.address(slot)), PORT));
            bound.setSoTimeout(PATIENCE_MILLIS);
            return bound;
        });
        return new Guest(host, tap.index(), namespace, socket);
    }

    /// Runs ip(8) in the namespace of the calling thread.
    static void ip(String... arguments) throws IOException {
        var command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            var output = new String(process.getInputStream().readAllBytes(), US_ASCII);
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    static MacAddress mac(Slot slot) {
        return MacAddress.of(HexFormat.ofDelimiter(":").parseHex(slot.mac()));
    }

    static InetAddress inet(Ipv4 address) throws IOException {
        return InetAddress.getByAddress(
                ByteBuffer.allocate(4).putInt(address.bits()).array());
    }

    NetworkNamespace namespace() {
        return namespace;
    }

    void send(String text, Ipv4 to) throws IOException {
        var bytes = text.getBytes(US_ASCII);
        socket.send(new DatagramPacket(bytes, bytes.length, inet(to), PORT));
    }

    /// The next datagram; waits for it.
    String receive() throws IOException {
        var packet = new DatagramPacket(new byte[100], 100);
        socket.receive(packet);
        return new String(packet.getData(), 0, packet.getLength(), US_ASCII);
    }

    @Override
    public void close() throws IOException {
        socket.close();
        host.delete(tap); // and with it the other end; left to itself it would go some time after its namespace
        namespace.close();
    }
}
