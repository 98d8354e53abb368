package dev.mvm.linux.netdev;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.linux.call.ChildJvm;
import dev.mvm.linux.call.Covered;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.call.RawCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenDescriptors;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.linux.netlink.InterfaceAddress;
import dev.mvm.linux.netlink.Netlink;
import dev.mvm.linux.netlink.NetworkInterface;
import dev.mvm.model.InterfaceName;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("MustBeClosedChecker") // closes wrongly on purpose, and counts what is left open
final class TapTest {
    private static final InterfaceName TAP = new InterfaceName("tn3i7");
    private static final Path DEVICE = Path.of("/dev/net/tun");

    @TempDir
    private Path folder;

    private Map<String, String> before;
    private int user;

    @BeforeEach
    void device() throws Exception {
        assumeTrue(Files.isReadable(DEVICE) && Files.isWritable(DEVICE), "/dev/net/tun excludes this user");
        user = isMapped(20_001) ? 20_001 : 0;
        DatagramChannel.open().close(); // the first one leaves a socket behind in the JDK
        before = OpenDescriptors.now();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        if (before != null) {
            try (var netlink = new Netlink()) {
                var left = netlink.link(TAP);
                if (left.isPresent()) {
                    netlink.delete(left.get().index());
                }
            }
            assertThat(OpenDescriptors.now()).isEqualTo(before);
        }
    }

    @Test
    void createdTap_outlivesItsDescriptorAndBelongsToItsOwner() throws Exception {
        Tap.create(TAP, user, user).close();
        try (var netlink = new Netlink()) {
            var link = netlink.link(TAP).orElseThrow();
            assertThat(link.kind()).isEqualTo("tun");
            assertThat(link.up()).isFalse();
            assertThat(link.owner()).isEqualTo(user);
        }
        assertThat(shown()).contains("tun type tap pi off vnet_hdr on persist on user " + name(user));
    }

    @Test
    void nameThatIsTaken_isBusy() throws Exception {
        Tap.create(TAP, user, user).close();
        assertErrno(Errno.EBUSY, () -> Tap.create(TAP, user, user));
        try (var netlink = new Netlink()) {
            netlink.delete(netlink.link(TAP).orElseThrow().index());
            var _ = netlink.createBridge(TAP);
        }
        assertErrno(Errno.EBUSY, () -> Tap.create(TAP, user, user));
        assertErrno(Errno.EINVAL, () -> AttachedTap.open(TAP)); // not a tap
    }

    @Test
    void attachedTap_isHeldByOneOnly() throws Exception {
        Tap.create(TAP, user, user).close();
        try (var tap = AttachedTap.open(TAP)) {
            assertThat(tap.isOpen()).isTrue();
            assertErrno(Errno.EBUSY, () -> AttachedTap.open(TAP));
        }
        AttachedTap.open(TAP).close();
    }

    @Test
    void releasedTap_vanishes() throws Exception {
        try (var tap = Tap.create(TAP, user, user)) {
            tap.release();
        }
        try (var netlink = new Netlink()) {
            assertThat(netlink.link(TAP)).isEmpty();
        }
    }

    @Test
    void framesOfTheInterface_areReadWithAVirtioHeader() throws Exception {
        try (var tap = Tap.create(TAP, user, user);
                var netlink = new Netlink();
                var arena = Arena.ofConfined()) {
            int index = netlink.link(TAP).orElseThrow().index();
            if (Files.exists(Path.of("/proc/sys/net/ipv6/conf"))) {
                InterfaceSetting.DISABLE_IPV6.set(TAP, 1);
            }
            var mac = netlink.link(TAP).orElseThrow().mac().bytes();
            netlink.add(new InterfaceAddress(index, 10 << 24 | 240 << 16 | 9 << 8 | 1, 24));
            netlink.setUp(index, true);
            try (var udp = DatagramChannel.open()) {
                var there = InetAddress.getByAddress(new byte[] {10, (byte) 240, 9, 2});
                udp.send(ByteBuffer.allocate(1), new InetSocketAddress(there, 9));
                var frame = arena.allocate(2000);
                Poll.await(tap.fd(), Poll.Event.READABLE, Deadline.in(Duration.ofMinutes(5)));
                int size = tap.fd().read(frame);
                // 10 bytes struct virtio_net_hdr, then broadcast, our address, ARP
                assertThat(size).isGreaterThanOrEqualTo(10 + 42);
                assertThat(frame.asSlice(10, 14).toArray(JAVA_BYTE))
                        .containsExactly(-1, -1, -1, -1, -1, -1, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], 8, 6);
            }
        }
    }

    @Test
    void tapThatSomebodyIsAttachedTo_isMovedAndGoesOnCarryingFrames() throws Exception {
        try (var there = NetworkNamespace.create();
                var here = NetworkNamespace.create();
                var vmm = there.call(TapTest::createdAndAttached);
                var arena = Arena.ofConfined()) {
            there.call(() -> {
                try (var netlink = new Netlink()) {
                    netlink.move(netlink.link(TAP).orElseThrow().index(), here.fd());
                    assertThat(netlink.links())
                            .extracting(NetworkInterface::name)
                            .containsExactly("lo");
                    return true;
                }
            });
            var mac = here.call(() -> {
                try (var netlink = new Netlink()) {
                    var tap = netlink.link(TAP).orElseThrow();
                    InterfaceSetting.DISABLE_IPV6.set(TAP, 1);
                    netlink.add(new InterfaceAddress(tap.index(), 10 << 24 | 240 << 16 | 9 << 8 | 1, 24));
                    netlink.setUp(tap.index(), true);
                    return tap.mac();
                }
            });
            var request = HexFormat.of()
                    .parseHex("00000000000000000000" + "ffffffffffff" + "02fc00030007" + "0806" + "0001080006040001"
                            + "02fc00030007" + "0af00902" + "000000000000" + "0af00901");
            var frame = arena.allocate(2000).copyFrom(MemorySegment.ofArray(request));
            assertThat(vmm.write(frame.asSlice(0, request.length))).isEqualTo(request.length);
            Poll.await(vmm, Poll.Event.READABLE, Deadline.in(Duration.ofMinutes(5)));
            assertThat(vmm.read(frame)).isGreaterThanOrEqualTo(request.length);
            assertThat(HexFormat.of().formatHex(frame.asSlice(10, 42).toArray(JAVA_BYTE)))
                    .isEqualTo("02fc00030007" + HexFormat.of().formatHex(mac.bytes()) + "0806" + "0001080006040002"
                            + HexFormat.of().formatHex(mac.bytes()) + "0af00901" + "02fc00030007" + "0af00902");
        }
    }

    private static Fd createdAndAttached() throws ErrnoException {
        Tap.create(TAP, 0, 0).close();
        return AttachedTap.open(TAP);
    }

    @Test
    void ownerWithoutCapabilities_attachesAndNobodyElse() throws Exception {
        assumeTrue(isMapped(20_001) && isMapped(20_002), "needs other user ids, which root alone has");
        var open = folder.resolve("tun");
        try (var arena = Arena.ofConfined()) {
            long path = arena.allocateFrom(open.toString()).address();
            assertThat(RawCall.of(RawCall.MKNODAT, -100, path, 0020666, 10 << 8 | 200, 0))
                    .isZero();
        }
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-rw-rw-"));
        Tap.create(TAP, 20_001, 20_001).close();
        try (var _ = Covered.by(open, DEVICE)) {
            assertThat(attachAs(20_001)).isEqualTo("attached\n");
            assertThat(attachAs(20_002)).isEqualTo("ioctl: EPERM\n");
        }
    }

    private String attachAs(int uid) throws Exception {
        var classes = new ArrayList<String>();
        for (var type : List.of(Library.class, Tap.class, InterfaceName.class, Attaching.class)) {
            classes.add(readable(type).toString());
        }
        var process = new ProcessBuilder(
                        "setpriv",
                        "--reuid=" + uid,
                        "--regid=" + uid,
                        "--clear-groups",
                        "--inh-caps=-all",
                        "--bounding-set=-all",
                        System.getProperty("java.home") + "/bin/java",
                        "-cp",
                        String.join(":", classes),
                        "--enable-native-access=ALL-UNNAMED",
                        Attaching.class.getName())
                .redirectErrorStream(true)
                .start();
        try (var _ = process.getOutputStream();
                var _ = process.getErrorStream();
                var output = process.getInputStream()) {
            return new String(output.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /// Returns a copy of the folder of classes that `type` is in, which every user may read. The checkout may
    /// be in a home that is closed to other users.
    private Path readable(Class<?> type) throws IOException {
        var from = Path.of(ChildJvm.location(type));
        var to = folder.resolve(type.getSimpleName());
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (var files = Files.walk(from)) {
            for (var file : (Iterable<Path>) files::iterator) {
                var copy = to.resolve(from.relativize(file).toString());
                if (!Files.exists(copy)) {
                    Files.copy(file, copy);
                    Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
                }
            }
        }
        return to;
    }

    static final class Attaching {
        public static void main(String[] args) throws IOException {
            try (var _ = AttachedTap.open(TAP)) {
                System.out.println("attached");
            } catch (ErrnoException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private static String shown() throws Exception {
        var process = new ProcessBuilder("ip", "-d", "link", "show", "dev", "tn3i7").start();
        try (var _ = process.getOutputStream();
                var _ = process.getErrorStream();
                var output = process.getInputStream()) {
            return new String(output.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static String name(int uid) {
        return uid == 0 ? "root" : Integer.toString(uid);
    }

    /// Returns whether a user id exists in this JVM's user namespace.
    private static boolean isMapped(int uid) throws IOException {
        for (var line : Files.readAllLines(Path.of("/proc/self/uid_map"))) {
            var fields = line.strip().split(" +", -1);
            long first = Long.parseLong(fields[0]);
            if (uid >= first && uid < first + Long.parseLong(fields[2])) {
                return true;
            }
        }
        return false;
    }

    private static void assertErrno(int errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class,
                        e -> assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno)));
    }
}
