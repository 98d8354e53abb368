package dev.mvm.netd;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.linux.netdev.Tap;
import dev.mvm.linux.netlink.InterfaceAddress;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.model.InterfaceName;
import dev.mvm.model.Ipv4;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.netd.NodeNetworks;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Stands for a VM and its guest: a VMM that holds the VM's own tap, and behind it a network namespace with the stack
/// of a real kernel.
@SuppressWarnings("MustBeClosedChecker") // closed by close()
final class Guest implements AutoCloseable {
    static final int PORT = 9;
    private static final int PATIENCE_MILLIS = 60_000;
    private static final int TUNSETIFF = 0x400454ca; // linux/if_tun.h
    private static final short TAP_WITHOUT_INFORMATION_WITH_HEADER = 0x5002;

    private static final InterfaceName ETH0 = new InterfaceName("eth0");

    private final NetworkNamespace namespace;
    private final Cable cable;
    private final DatagramSocket socket;

    private Guest(NetworkNamespace namespace, Cable cable, DatagramSocket socket) {
        this.namespace = namespace;
        this.cable = cable;
        this.socket = socket;
    }

    /// Boots a guest as dev mode does: its VMM is given the tap.
    static Guest boot(LinuxNetworks networks, NodeNetworks all, TenantNet network, Slot slot) throws Exception {
        return boot(Taps.connect(networks, all, network, slot, 0), network, slot);
    }

    /// Boots a guest as hardened mode does: its VMM, in a network namespace of its own, attaches by name.
    static Guest bootApart(LinuxNetworks networks, NodeNetworks all, TenantNet network, Slot slot) throws Exception {
        try (var inside = NetworkNamespace.create();
                var route = Taps.route(inside)) {
            prepare(networks, slot, inside);
            var vmm = inside.call(() -> attach(slot.tap()));
            networks.fetch(all, network, slot, 0, route);
            return boot(vmm, network, slot);
        }
    }

    /// Has a tap made in a namespace for a VMM that attaches by name.
    static void prepare(LinuxNetworks networks, Slot slot, NetworkNamespace inside) throws Exception {
        try (var tun = Taps.tun(inside)) {
            networks.prepare(slot, 0, tun);
        }
    }

    /// Attaches to a tap in the namespace of the calling thread.
    static Fd attach(String tap) throws ErrnoException {
        try (var arena = Arena.ofConfined();
                var fd = Fd.open(Path.of("/dev/net/tun"), OpenFlag.READ_WRITE)) {
            var request = arena.allocate(40, 8); // struct ifreq
            request.copyFrom(MemorySegment.ofArray(tap.getBytes(US_ASCII)));
            request.set(JAVA_SHORT, 16, TAP_WITHOUT_INFORMATION_WITH_HEADER);
            var _ = SystemCall.IOCTL.call(fd.number(), TUNSETIFF, request.address());
            return fd.move();
        }
    }

    private static Guest boot(Fd vmm, TenantNet network, Slot slot) throws Exception {
        var namespace = NetworkNamespace.create();
        var nic = namespace.call(() -> {
            try (var netlink = new Netlink();
                    var tap = Tap.create(ETH0, 0, 0)) {
                var eth0 = netlink.link(ETH0).orElseThrow();
                ip("link", "set", "eth0", "address", slot.mac());
                netlink.add(new InterfaceAddress(
                        eth0.index(),
                        network.address(slot).bits(),
                        network.subnet().prefix()));
                netlink.setUp(eth0.index(), true);
                ip("route", "add", "default", "via", network.gateway().toString());
                return tap.fd().duplicate();
            }
        });
        var socket = namespace.call(() -> {
            var bound = new DatagramSocket(new InetSocketAddress(inet(network.address(slot)), PORT));
            bound.setSoTimeout(PATIENCE_MILLIS);
            return bound;
        });
        return new Guest(namespace, new Cable(vmm, nic), socket);
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
    public void close() {
        socket.close();
        cable.close();
        namespace.close();
    }
}
