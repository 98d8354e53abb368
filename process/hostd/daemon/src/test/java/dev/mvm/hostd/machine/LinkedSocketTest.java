package dev.mvm.hostd.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.hostd.ServiceSocket;
import dev.mvm.hostd.engine.Boot;
import dev.mvm.hostd.firecracker.FirecrackerEngine;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.notify.ServiceManager;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.protocol.trust.Ceremony;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A VMM that puts symbolic links to another VM's sockets where hostd expects its own.
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown()
final class LinkedSocketTest {
    private static final Boot BOOT = new Boot(
            new InstanceId("i-00000001"),
            new Slot(new NetId(0), 3),
            Ceremony.network(0),
            new Resources(1, 128, 0),
            Optional.empty(),
            Rates.UNLIMITED,
            false,
            false);

    @TempDir
    Path root;

    private final FirecrackerEngine engine = new FirecrackerEngine(FirecrackerVersion.parse("1.16.1"), false);
    private Directory other;
    private UnixListener otherSocket;
    private ServiceSocket guestd;
    private Vm vm;

    @BeforeEach
    void setUp() throws IOException, StepException {
        Files.createDirectory(root.resolve("io"));
        Files.createDirectory(root.resolve("other"));
        other = Directory.open(root.resolve("other"));
        otherSocket = UnixListener.streams(other, "api.sock", 0777);
        guestd = new ServiceSocket(root, ServiceSocket.GUESTD);
        var io = Directory.open(root.resolve("io"));
        var guests = new Guestds(guestd.address(), _ -> {}).join(BOOT.network().net());
        var connection =
                new GuestConnection(BOOT.id(), io, engine.guestPort(io), engine.transport(), guests, () -> {}, _ -> {});
        var self = Pidfd.open((int) ProcessHandle.current().pid());
        connection.start();
        var kept = new Descriptors(ServiceManager.from(Map.of()), List.of());
        vm = new Vm(self, "-", io, guests, connection, kept.snap(BOOT.id()));
    }

    @AfterEach
    void tearDown() throws IOException {
        vm.close();
        guestd.close();
        otherSocket.close();
        other.close();
    }

    /// Links `name` to the other VM's socket, as that lies among hostd's descriptors.
    private void link(String name) throws IOException {
        var target = Path.of("/proc/self/fd/" + other.fd().number(), "api.sock");
        Files.createSymbolicLink(root.resolve("io").resolve(name), target);
    }

    private void assertRefused(String label, String errno, ThrowingCallable call) throws IOException {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StepException.class, e -> assertThat(e.label().value()).isEqualTo(label))
                .hasMessageContaining(errno);
        assertThat(Poll.readable(otherSocket.fd(), Deadline.now()))
                .as("somebody has connected to the other VM")
                .isFalse();
    }

    @Test
    @Tag("claim-P4")
    void apiSocket_isNotWaitedForBehindALink() throws Exception {
        link("api.sock");
        assertRefused("vmm", "ELOOP", () -> engine.prepare(vm, BOOT, vm.process()));
    }

    @Test
    @Tag("claim-P4")
    void apiSocket_isNotAskedBehindALink() throws Exception {
        link("api.sock");
        assertRefused("vmm_api", "ELOOP", () -> engine.pause(vm));
    }

    @Test
    @Tag("claim-P4")
    void socketForFaults_isNotMadeBehindALink() throws Exception {
        link("faults.sock");
        vm.snap().giveBack(Fd.open(Path.of("/dev/fuse"), OpenFlag.READ_WRITE));
        assertRefused("vmm_state", "EADDRINUSE", () -> engine.in(vm).close());
    }

    @Test
    @Tag("claim-P4")
    void socketForGuests_takesThePlaceOfALink() throws Exception {
        Files.delete(root.resolve("io").resolve("v.sock_1024"));
        link("v.sock_1024");
        try (var _ = engine.guestPort(vm.io());
                var handle = vm.io().openBeneath("v.sock_1024", OpenFlag.HANDLE)) {
            assertThat(handle.status().kind()).isEqualTo(FileStatus.Kind.SOCKET);
        }
        assertThat(other.names(10)).containsExactly("api.sock");
    }
}
