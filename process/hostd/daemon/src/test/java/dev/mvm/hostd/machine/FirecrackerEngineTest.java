package dev.mvm.hostd.machine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.hostd.ServiceSocket;
import dev.mvm.hostd.engine.Boot;
import dev.mvm.hostd.firecracker.FirecrackerEngine;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.FileStatus;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.notify.ServiceManager;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.protocol.guestd.GuestCall;
import dev.mvm.protocol.guestd.SessionTransport;
import dev.mvm.protocol.launch.LaunchRequest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.testkit.firecracker.Jail;
import dev.mvm.testkit.firecracker.StandIn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The engine against the stand-in, which answers as the recordings of each version do.
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown()
final class FirecrackerEngineTest {
    private static final Slot SLOT = new Slot(new NetId(0), 3);
    private static final Rates RATES = new Rates(10, 100, 20, 1000);
    private static final Boot BOOT = new Boot(
            new InstanceId("i-00000001"),
            SLOT,
            Ceremony.network(0),
            new Resources(1, 128, 0),
            Optional.empty(),
            RATES,
            false,
            false);
    private static final long PATIENCE_SECONDS = 120;

    @TempDir
    Path root;

    private final Object change = new Object();
    private final DiallingGuest guest = new DiallingGuest();
    private Directory io;
    private Pidfd self;
    private ServiceSocket guestd;

    @BeforeEach
    void setUp() throws IOException {
        Files.createDirectory(root.resolve("io"));
        Files.write(root.resolve("kernel"), new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0});
        Files.write(root.resolve("rootfs"), new byte[] {'0', '7'});
        io = Directory.open(root.resolve("io"));
        self = Pidfd.open((int) ProcessHandle.current().pid());
        guestd = new ServiceSocket(root, ServiceSocket.GUESTD);
    }

    @AfterEach
    void tearDown() throws IOException {
        guestd.close();
        io.close();
        self.close();
    }

    private StandIn start(String version) throws IOException {
        return StandIn.start(new StandIn.Setup(
                FirecrackerVersion.parse(version), "i-00000001", new Jail(root), "/io/api.sock", guest, Set.of()));
    }

    private void changed() {
        synchronized (change) {
            change.notifyAll();
        }
    }

    private void await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        synchronized (change) {
            while (!condition.getAsBoolean()) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                assertThat(left).as("still waiting").isPositive();
                change.wait(Math.min(left, 1000));
            }
        }
    }

    /// Closing it closes `io`, and gives the process up that stands for the VMM's.
    private Vm vm(FirecrackerEngine engine) throws StepException, IOException {
        var guests = new Guestds(guestd.address(), _ -> {}).join(BOOT.network().net());
        var connection = new GuestConnection(
                BOOT.id(), io, engine.guestPort(io), engine.transport(), guests, this::changed, _ -> {});
        var kept = new Descriptors(ServiceManager.from(Map.of()), List.of());
        connection.start();
        return new Vm(self, "-", io, guests, connection, kept.snap(BOOT.id()));
    }

    /// Such a program may have no filter of its own, so that the operator's is for every pool.
    @Test
    @Tag("claim-L6")
    void filterOfTheOperators_isForEveryVmm() {
        var version = FirecrackerVersion.parse("1.16.1");
        var line = "\nstrict=1\n";
        assertThat(new String(new FirecrackerEngine(version, true).request(BOOT).encode(), US_ASCII))
                .contains(line);
        assertThat(new String(
                        new FirecrackerEngine(version, false).request(BOOT).encode(), US_ASCII))
                .doesNotContain(line);
    }

    @ParameterizedTest
    @Tag("claim-L5")
    @ValueSource(strings = {"1.15.1", "1.16.1", "1.17.0-dev"})
    void guest_isReachedAfterBoot_andAgainAfterPauseAndResume(String version) throws Exception {
        var engine = new FirecrackerEngine(FirecrackerVersion.parse(version), false);
        var vmm = start(version);
        try (var vm = vm(engine)) {
            var connection = vm.guest();
            engine.prepare(vm, BOOT, self);
            assertThat(connection.guest().ready()).isFalse();
            engine.run(vm, BOOT);
            assertThat(engine.paused(vm)).isFalse();
            await(() -> connection.guest().ready());
            assertThat(connection.call(GuestCall.PING, Duration.ofSeconds(PATIENCE_SECONDS)))
                    .isTrue();
            engine.pause(vm);
            assertThat(engine.paused(vm)).isTrue();
            assertThat(connection.call(GuestCall.PING, Duration.ofMillis(50))).isFalse();
            engine.resume(vm);
            assertThat(engine.paused(vm)).isFalse();
            // a snapshot request, where the version needs one, resets the connection: the guest dials again
            await(() -> pings(connection));
        } finally {
            vmm.kill();
        }
        assertThat(vmm.guestFailures()).isEmpty();
    }

    private static boolean pings(GuestConnection connection) {
        try {
            return connection.call(GuestCall.PING, Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Tag("claim-H5")
    void placeWhereGuestsCall_isTakenUpAgain() throws Exception {
        var engine = new FirecrackerEngine(FirecrackerVersion.parse("1.16.1"), false);
        engine.guestPort(io).close(); // its file stays, as when hostd is killed
        engine.guestPort(io).close();
        try (var there = io.openBeneath("v.sock_1024", OpenFlag.HANDLE)) {
            assertThat(there.status().kind()).isEqualTo(FileStatus.Kind.SOCKET);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.15.1", "1.16.1", "1.17.0-dev"})
    void kernelThatFirecrackerRefuses_failsTheBoot(String version) throws Exception {
        Files.delete(root.resolve("kernel"));
        var engine = new FirecrackerEngine(FirecrackerVersion.parse(version), false);
        var vmm = start(version);
        try (var vm = vm(engine)) {
            assertThatThrownBy(() -> {
                        engine.prepare(vm, BOOT, self);
                        engine.run(vm, BOOT);
                    })
                    .isInstanceOfSatisfying(
                            StepException.class,
                            e -> assertThat(e.label().value()).isEqualTo("vmm_api"));
        } finally {
            vmm.kill();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.16.1"})
    void vmmThatHasEnded_isNotWaitedFor(String version) throws Exception {
        var engine = new FirecrackerEngine(FirecrackerVersion.parse(version), false);
        var process = new ProcessBuilder("cat").start();
        try (var vm = vm(engine);
                var ended = Pidfd.open((int) process.pid())) {
            process.getOutputStream().close();
            assertThat(ended.awaitExit(dev.mvm.linux.fd.Deadline.in(Duration.ofSeconds(PATIENCE_SECONDS))))
                    .isTrue();
            assertThatThrownBy(() -> engine.prepare(vm, BOOT, ended)).hasMessageContaining("it ended while it started");
        }
        process.waitFor();
        assertThat(engine.transport()).isEqualTo(SessionTransport.CONNECTION);
        assertThat(engine.request(BOOT))
                .isEqualTo(new LaunchRequest.Firecracker(BOOT.id(), SLOT, BOOT.resources(), false, RATES, 12, false));
    }
}
