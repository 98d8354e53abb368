package dev.mvm.linux.netlink;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenDescriptors;
import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.linux.netdev.MacAddress;
import dev.mvm.model.InterfaceName;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("MustBeClosedChecker") // closed after each test
final class NetlinkTest {
    private static final InterfaceName BRIDGE = new InterfaceName("br-tenant-3");
    private static final InterfaceName PORT = new InterfaceName("tn3i7");
    private static final InterfaceName PEER = new InterfaceName("eth0");
    private static final int ADDRESS = 10 << 24 | 240 << 16 | 3 << 8 | 1;

    private Map<String, String> before;
    private NetworkNamespace here;
    private NetworkNamespace there;
    private Netlink netlink;

    /// The first socket that the JDK closes makes it open one that it keeps.
    @BeforeAll
    static void openWhatTheJdkKeeps() throws Exception {
        new java.net.DatagramSocket(0, java.net.InetAddress.getLoopbackAddress()).close();
    }

    @BeforeEach
    void open() throws Exception {
        before = OpenDescriptors.now();
        here = NetworkNamespace.create();
        there = NetworkNamespace.create();
        netlink = here.call(Netlink::new);
    }

    @AfterEach
    void nothingIsLeftOpen() throws Exception {
        netlink.close();
        here.close();
        there.close();
        assertThat(OpenDescriptors.now()).isEqualTo(before);
    }

    @Test
    void bridge_isCreatedSetAndDeleted() throws Exception {
        var bridge = netlink.createBridge(BRIDGE);
        assertThat(bridge.name()).isEqualTo("br-tenant-3");
        assertThat(bridge.kind()).isEqualTo("bridge");
        assertThat(bridge.up()).isFalse();
        assertThat(bridge.master()).isZero();
        netlink.setUp(bridge.index(), true);
        netlink.setBridge(bridge.index(), new MacAddress(0x02fc0a030001L), 1400);
        assertThat(netlink.link(BRIDGE))
                .contains(new NetworkInterface(
                        bridge.index(),
                        "br-tenant-3",
                        "bridge",
                        true,
                        1400,
                        new MacAddress(0x02fc0a030001L),
                        0,
                        false,
                        -1));
        netlink.setUp(bridge.index(), false);
        assertThat(netlink.link(BRIDGE).orElseThrow().up()).isFalse();
        netlink.delete(bridge.index());
        assertThat(netlink.link(BRIDGE)).isEmpty();
        assertErrno(Errno.ENODEV, () -> netlink.delete(bridge.index()));
    }

    @Test
    void port_isIsolatedAndNot() throws Exception {
        int bridge = netlink.createBridge(BRIDGE).index();
        int port = Veth.create(here, PORT, PEER, there.fd()).index();
        netlink.setMaster(port, bridge);
        assertThat(netlink.link(PORT).orElseThrow().master()).isEqualTo(bridge);
        assertThat(netlink.link(PORT).orElseThrow().isolated()).isFalse();
        netlink.setIsolated(port, true);
        assertThat(netlink.link(PORT).orElseThrow().isolated()).isTrue();
        assertThat(netlink.links())
                .filteredOn(NetworkInterface::isolated)
                .extracting(NetworkInterface::index)
                .containsExactly(port);
        netlink.setIsolated(port, false);
        assertThat(netlink.link(PORT).orElseThrow().isolated()).isFalse();
    }

    @Test
    void peerOfAPair_isInItsNamespace() throws Exception {
        assertThat(Veth.create(here, PORT, PEER, there.fd()).kind()).isEqualTo("veth");
        assertThat(netlink.link(PEER)).isEmpty();
        var peer = there.call(() -> {
            try (var other = new Netlink()) {
                return other.link(PEER);
            }
        });
        assertThat(peer).isPresent();
    }

    @Test
    void addresses_areAddedListedAndRemoved() throws Exception {
        int bridge = netlink.createBridge(BRIDGE).index();
        var first = new InterfaceAddress(bridge, ADDRESS, 24);
        var second = new InterfaceAddress(bridge, 0xc0a80001, 30); // the highest bit set
        netlink.add(first);
        netlink.add(second);
        assertErrno(Errno.EEXIST, () -> netlink.add(first));
        assertThat(netlink.addresses()).containsExactlyInAnyOrder(first, second);
        netlink.remove(first);
        assertThat(netlink.addresses()).containsExactly(second);
        assertErrno(99, () -> netlink.remove(first)); // EADDRNOTAVAIL
        assertErrno(Errno.ENODEV, () -> netlink.add(new InterfaceAddress(bridge + 1000, ADDRESS, 24)));
    }

    @Test
    void refusal_carriesTheKernelsWords() throws Exception {
        int port = Veth.create(here, PORT, PEER, there.fd()).index();
        assertThatThrownBy(() -> netlink.setMtu(port, 1 << 20))
                .hasMessageStartingWith("RTM_NEWLINK: EINVAL (")
                .hasMessageContaining("mtu greater than device maximum");
        assertErrno(Errno.EEXIST, () -> netlink.createBridge(PORT));
        int bridge = netlink.createBridge(BRIDGE).index();
        assertThatThrownBy(() -> netlink.setMaster(bridge, bridge)).isInstanceOf(ErrnoException.class);
        assertErrno(Errno.EINVAL, () -> netlink.setMaster(port, bridge + 1000));
        assertThat(netlink.links()).hasSize(3); // and the socket is as good as before
    }

    @Test
    void senselessIndexes_areRefusedHere() {
        for (int index : new int[] {0, -1}) {
            assertThatThrownBy(() -> netlink.delete(index)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> netlink.setMaster(1, index)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new InterfaceAddress(index, ADDRESS, 24))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> new InterfaceAddress(1, ADDRESS, 33)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void list_isTheSameAsThatOfAnotherProgram() throws Exception {
        var _ = netlink.createBridge(BRIDGE);
        for (int i = 0; i < 300; i++) { // more than one datagram
            Veth.create(here, new InterfaceName("v" + i), new InterfaceName("p" + i), there.fd());
        }
        var listed = new TreeMap<String, String>();
        for (var link : netlink.links()) {
            listed.put(Integer.toString(link.index()), link.name() + " " + link.mtu() + " " + link.mac());
        }
        assertThat(listed).hasSize(302).isEqualTo(here.call(NetlinkTest::listedByIp));
    }

    private static Map<String, String> listedByIp() throws IOException {
        var process = new ProcessBuilder("ip", "-o", "link", "show")
                .redirectErrorStream(true)
                .start();
        var out = new TreeMap<String, String>();
        try (var _ = process.getOutputStream();
                var _ = process.getErrorStream();
                var lines = process.inputReader()) {
            for (var line : lines.lines().toList()) {
                var fields = line.replace("\\", " ").split(" +", -1);
                var mtu = fields[List.of(fields).indexOf("mtu") + 1];
                int link = 0;
                while (!fields[link].startsWith("link/")) {
                    link++;
                }
                out.put(
                        fields[0].replace(":", ""),
                        fields[1].replaceAll("[@:].*", "") + " " + mtu + " " + fields[link + 1]);
            }
        } finally {
            process.destroyForcibly();
        }
        return out;
    }

    @Test
    void listWhileLinksComeAndGo_isStillWellFormed() throws Exception {
        var stop = new AtomicBoolean();
        var other = here.call(Netlink::new);
        var flapping = CompletableFuture.runAsync(() -> {
            try (other) {
                while (!stop.get()) {
                    other.delete(other.createBridge(PORT).index());
                }
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
        });
        try {
            for (int i = 0; i < 300; i++) {
                assertThat(netlink.links()).extracting(NetworkInterface::name).contains("lo");
            }
        } finally {
            stop.set(true);
            flapping.join();
        }
    }

    @Test
    void replyForgedByAnotherProcess_isNotBelieved() throws Exception {
        assertThat(netlink.links()).hasSize(1); // now it has a port: the process's id, as the first in its namespace
        int port = (int) ProcessHandle.current().pid();
        try (var forger = here.call(() -> Fd.own(SystemCall.SOCKET.call(16, 3, 0)));
                var arena = Arena.ofConfined()) {
            var to = arena.allocate(12, 4);
            to.set(JAVA_SHORT, 0, (short) 16);
            to.set(JAVA_INT, 4, port);
            var message = arena.allocateFrom(
                    ValueLayout.JAVA_BYTE,
                    NetlinkRequest.link(16, 0, 0, 7, 0, 0).text(3, "forged").message(2));
            assertThat(SystemCall.SENDTO.call(
                            forger.number(), message.address(), message.byteSize(), 0, to.address(), 12))
                    .isEqualTo(message.byteSize());
        }
        assertThatThrownBy(() -> netlink.links()).hasMessage("recvfrom: EBADMSG (not from the kernel)");
        assertThatThrownBy(() -> netlink.links()).hasMessage("RTM_GETLINK: EBADMSG (the socket was given up)");
    }

    @Test
    void isolatedPorts_reachTheBridgeAndNotEachOther() throws Exception {
        try (var pair = new BridgedPair();
                var control = pair.middle.call(Netlink::new);
                var left = pair.udp(pair.left, 7000);
                var right = pair.udp(pair.right, 7000);
                var gateway = pair.udp(pair.middle, 7000)) {
            BridgedPair.probe(left, BridgedPair.RIGHT, right, "before"); // and neighbours are known now
            BridgedPair.probe(left, BridgedPair.GATEWAY, gateway, "before");

            control.setIsolated(pair.leftPort, true);
            control.setIsolated(pair.rightPort, true);
            BridgedPair.send(left, BridgedPair.RIGHT, 7000, "isolated");
            BridgedPair.probe(left, BridgedPair.GATEWAY, gateway, "up");

            control.setIsolated(pair.leftPort, false);
            assertThat(BridgedPair.probe(left, BridgedPair.RIGHT, right, "after"))
                    .doesNotContain("isolated");
        }
    }

    private static void assertErrno(int errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class,
                        e -> assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno)));
    }
}
