package dev.mvm.linux.netlink;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.model.InterfaceName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Two hosts on one bridge, each a network namespace: 10.240.3.2 and .3, the bridge itself being 10.240.3.1. Like
/// two microVMs of one tenant.
public final class BridgedPair implements AutoCloseable {
    public static final int GATEWAY = 1;
    public static final int LEFT = 2;
    public static final int RIGHT = 3;

    private static final int NETWORK = 10 << 24 | 240 << 16 | 3 << 8;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration STEP = Duration.ofMillis(100);

    public final NetworkNamespace middle;
    public final NetworkNamespace left;
    public final NetworkNamespace right;
    public final int leftPort;
    public final int rightPort;
    public final int bridge;

    @SuppressWarnings("MustBeClosedChecker") // closed by close
    public BridgedPair() throws IOException {
        middle = NetworkNamespace.create();
        left = NetworkNamespace.create();
        right = NetworkNamespace.create();
        int[] made = middle.call(() -> {
            try (var netlink = new Netlink()) {
                var bridged = netlink.createBridge(new InterfaceName("br0")).index();
                netlink.setUp(bridged, true);
                netlink.add(new InterfaceAddress(bridged, NETWORK | GATEWAY, 24));
                return new int[] {bridged, port(netlink, bridged, "left", left), port(netlink, bridged, "right", right)
                };
            }
        });
        bridge = made[0];
        leftPort = made[1];
        rightPort = made[2];
        host(left, LEFT);
        host(right, RIGHT);
    }

    private static int port(Netlink netlink, int bridge, String name, NetworkNamespace there) throws IOException {
        int port;
        try (var here = NetworkNamespace.current()) {
            port = Veth.create(here, new InterfaceName(name), new InterfaceName("eth0"), there.fd())
                    .index();
        }
        netlink.setMaster(port, bridge);
        netlink.setUp(port, true);
        return port;
    }

    private static void host(NetworkNamespace namespace, int number) throws IOException {
        var _ = namespace.call(() -> {
            try (var netlink = new Netlink()) {
                int eth = netlink.link(new InterfaceName("eth0")).orElseThrow().index();
                netlink.add(new InterfaceAddress(eth, NETWORK | number, 24));
                netlink.setUp(eth, true);
                return true;
            }
        });
    }

    /// A UDP socket of a host.
    public DatagramChannel udp(NetworkNamespace namespace, int port) throws IOException {
        return namespace.call(() -> {
            var channel = DatagramChannel.open(StandardProtocolFamily.INET);
            channel.bind(new InetSocketAddress(port));
            channel.configureBlocking(false);
            return channel;
        });
    }

    /// Sends one datagram.
    public static void send(DatagramChannel from, int host, int port, String text) throws IOException {
        var address = InetAddress.getByAddress(new byte[] {10, (byte) 240, 3, (byte) host});
        from.send(ByteBuffer.wrap(text.getBytes(US_ASCII)), new InetSocketAddress(address, port));
    }

    /// Sends `text` until it arrives: devices that have just come up drop what comes too early.
    ///
    /// @return all that has arrived until then
    @CanIgnoreReturnValue
    public static List<String> probe(DatagramChannel from, int host, DatagramChannel to, String text)
            throws IOException {
        int port = ((InetSocketAddress) to.getLocalAddress()).getPort();
        var arrived = new ArrayList<String>();
        for (var waited = Duration.ZERO; waited.compareTo(PATIENCE) < 0; waited = waited.plus(STEP)) {
            send(from, host, port, text);
            try (var selector = Selector.open()) {
                to.register(selector, SelectionKey.OP_READ);
                selector.select(STEP.toMillis());
            }
            for (var got = receive(to); !got.isEmpty(); got = receive(to)) {
                arrived.add(got);
                if (got.equals(text)) {
                    return arrived;
                }
            }
        }
        throw new AssertionError("nothing arrives");
    }

    /// Returns the next frame, or nothing.
    public static String receive(DatagramChannel at) throws IOException {
        var buffer = ByteBuffer.allocate(100);
        return at.receive(buffer) == null ? "" : new String(Arrays.copyOf(buffer.array(), buffer.position()), US_ASCII);
    }

    @Override
    public void close() {
        middle.close();
        left.close();
        right.close();
    }
}
