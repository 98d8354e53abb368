package dev.mvm.hostd.snapshot;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.hostd.ServiceSocket;
import dev.mvm.hostd.engine.StateTransfer;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.linux.call.Mapped;
import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.model.Counts;
import dev.mvm.model.InstanceAddress;
import dev.mvm.protocol.sealer.TransferMode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sealers that do their work, that fail, and that were taken over.
@SuppressWarnings("MustBeClosedChecker") // closed by tearDown()
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SealingTest {
    private static final String VMM = "firecracker 1.16.1";
    private static final String SEALED = "sealed memory_bytes=4 vmstate_bytes=2 plain_bytes=9 manifest_bytes=1";
    private static final int MOST = 4096;
    private static final int HANDED = 7;

    @TempDir
    private Path folder;

    private final HostFixture host = HostFixture.withSnapshots();
    private final List<String> heard = new ArrayList<>();
    private ServiceSocket sealers;
    private Sealing sealing;
    private Directory directory;
    private InstanceRecord instance;

    @BeforeEach
    void setUp() throws IOException {
        Files.createDirectory(folder.resolve("snapshots"));
        instance = host.registry.find(host.running()).orElseThrow();
        sealers = new ServiceSocket(folder, _ -> {});
        directory = Directory.open(folder.resolve("snapshots"));
        sealing = new Sealing(sealers.address(), directory, host.keys, host.trust::installed);
    }

    @AfterEach
    void tearDown() throws IOException {
        sealers.close();
        directory.close();
    }

    /// A transfer whose VMM does what a test says.
    private static final class TestTransfer implements StateTransfer {
        private final TransferMode way;
        private final Step step;
        private final Fd device;
        private boolean handed;
        private boolean back;

        interface Step {
            void run() throws StepException;
        }

        TestTransfer(TransferMode way, Step step) throws IOException {
            this.way = way;
            this.step = step;
            this.device = Fd.open(Path.of("/dev/null"), OpenFlag.READ_WRITE);
        }

        @Override
        public TransferMode way() {
            return way;
        }

        @Override
        public List<Fd> descriptors() {
            return List.of(device);
        }

        @Override
        public void handed(Fd sealer) {
            handed = true;
        }

        @Override
        public void pass() throws StepException {
            step.run();
        }

        @Override
        public void returned(Fd descriptor) {
            back = true;
            descriptor.close();
        }

        @Override
        public void close() {
            device.close();
        }
    }

    /// A sealer that answers each packet with the next of `words`, the last one with a descriptor.
    private void saying(String... words) {
        sealers.become(hostd -> {
            for (int i = 0; i < words.length; i++) {
                try (var packet = hostd.receive(MOST, HANDED, Deadline.never()).orElseThrow()) {
                    hear(new String(packet.bytes(), US_ASCII));
                    boolean last = i == words.length - 1;
                    say(hostd, words[i], last ? List.of(hostd.fd()) : List.of());
                }
            }
            hostd.receive(MOST, HANDED, Deadline.never()).ifPresent(packet -> hear("more"));
        });
    }

    private synchronized void hear(String text) {
        heard.add(text.startsWith("mvm-seal 1\n") ? "request" : text);
    }

    private static void say(PacketSocket hostd, String word, List<Fd> descriptors) throws IOException {
        if (!word.isEmpty()) {
            hostd.send(word.getBytes(US_ASCII), descriptors, Deadline.never());
        }
    }

    private synchronized List<String> heard() {
        return List.copyOf(heard);
    }

    private static String label(Throwable e) {
        return ((StepException) e).label().value();
    }

    private static StepException vmmFailed() {
        return new StepException("vmm_api", "save failed");
    }

    @Test
    void whatWasWritten_isSealed_andTheDeviceComesBack() throws Exception {
        saying("", SEALED);
        var transfer = new TestTransfer(TransferMode.FILES, () -> {});
        assertThat(sealing.seal(instance, VMM, transfer)).isEqualTo(7);
        assertThat(heard()).containsExactly("request", "go");
        assertThat(transfer.handed && transfer.back).isTrue();
        assertThat(sealing.interrupt(instance.address().instance())).isFalse();
    }

    /// The tenant's key does not follow from what a sealer gets, nor do another instance's keys.
    @Test
    @Tag("claim-S6")
    void sealer_getsTheKeysOfItsInstanceAlone() throws Exception {
        var got = new CompletableFuture<byte[]>();
        sealers.become(hostd -> {
            try (var packet = hostd.receive(MOST, HANDED, Deadline.never()).orElseThrow();
                    var arena = Arena.ofConfined()) {
                got.complete(page(packet.descriptors().getFirst(), arena));
            }
        });
        assertThatThrownBy(() -> sealing.seal(instance, VMM, new TestTransfer(TransferMode.FILES, () -> {})))
                .isInstanceOf(StepException.class);
        var of = instance.address();
        byte[] tenants = host.keys
                .lend(of.tenant(), sealing.key(instance), key -> key.toArray(JAVA_BYTE))
                .orElseThrow();
        assertThat(HexFormat.of().formatHex(got.get(1, TimeUnit.MINUTES)))
                .isEqualTo(derived(tenants, "snap/wrap", of)
                        + derived(tenants, "snap/workingset", of)
                        + "00".repeat(4096 - 64));
    }

    /// Maps the memory as a sealer does. A pipe or a file would have the keys in memory of the kernel that is not
    /// wiped.
    private static byte[] page(Fd given, Arena arena) throws IOException {
        assertThat(Files.readSymbolicLink(given.path())).hasToString("/secretmem (deleted)");
        long at = SystemCall.MMAP.call(0, 4096, 3, 1, given.number()); // readable, writable, shared
        return Mapped.at(at, 4096, arena, () -> SystemCall.MUNMAP.attempt(at, 4096, 0, 0, 0, 0))
                .toArray(JAVA_BYTE);
    }

    /// RFC 5869, 2.3, one block.
    private static String derived(byte[] key, String use, InstanceAddress of) throws GeneralSecurityException {
        var hmac = Mac.getInstance("HmacSHA256");
        hmac.init(new SecretKeySpec(key, "HmacSHA256"));
        var info = "mvm snapshot v1\n" + use + "\n" + of.tenant() + "\n" + of.instance() + "\n\u0001";
        return HexFormat.of().formatHex(hmac.doFinal(info.getBytes(US_ASCII)));
    }

    /// The key is rotated while the instance sleeps: what is there afterwards.
    private List<String> rotated() throws IOException {
        instance = instance.withSleep(instance.sleep().next().sealed(7, 1, 1)).asleep();
        host.registry.put(instance);
        host.machines.rekeying = sealing::rekey;
        host.rotateSnapshotKey();
        host.done(host.next(new Counts(2, 1, 0)));
        try (var files = Files.list(folder.resolve("snapshots"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.contains("manifest"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void keyThatIsReplaced_isUnderNoSnapshotAfterwards() throws Exception {
        snapshot();
        saying(SEALED);
        assertThat(rotated()).containsExactly("i-00000001.manifest.snap.2");
    }

    /// It was killed in the middle, or says that it cannot: the snapshot opens under the replaced key.
    @ParameterizedTest
    @ValueSource(strings = {"refused code=io", "refused code=altered", "opened plain_bytes=1", "\0"})
    void sealerThatDoesNotRewrap_leavesTheSnapshotUnderTheReplacedKey(String word) throws Exception {
        snapshot();
        saying(word);
        assertThat(rotated()).containsExactly("i-00000001.manifest.new", "i-00000001.manifest.snap.1");

        host.start();
        sealing = new Sealing(sealers.address(), directory, host.keys, host.trust::installed);
        var asked = new ArrayList<String>();
        sealers.become(hostd -> {
            try (var packet = hostd.receive(MOST, HANDED, Deadline.never()).orElseThrow()) {
                asked.add(new String(packet.bytes(), US_ASCII));
                say(hostd, "authentic", List.of());
            }
            hostd.receive(MOST, HANDED, Deadline.never()).orElseThrow().close();
            say(hostd, "opened plain_bytes=9", List.of());
        });
        var ignored = open("qemu 9.1", new TestTransfer(TransferMode.STREAM, () -> {}), () -> {});
        assertThat(ignored).isEmpty();
        assertThat(asked).singleElement().asString().contains("\nkey=snap\nkey_version=1\n");
        try (var left = Files.list(folder.resolve("snapshots"))) {
            assertThat(left).isEmpty();
        }
    }

    /// It would be asleep, and no key could open what it sleeps in.
    @Test
    @Tag("claim-K3")
    void keyThatIsOverWhenItIsSealed_leavesNoSnapshot() throws Exception {
        host.uptime += Duration.ofHours(36).toSeconds();
        assertThatThrownBy(() -> sealing.seal(instance, VMM, new TestTransfer(TransferMode.STREAM, () -> {})))
                .isInstanceOfSatisfying(
                        StepException.class, e -> assertThat(e.label().value()).isEqualTo("no_snapshot_key"));
        assertThat(heard).isEmpty();
        sealing.destroy(instance.address().instance(), false);
        try (var left = Files.list(folder.resolve("snapshots"))) {
            assertThat(left).isEmpty();
        }
    }

    /// hostd died between the two: the next pass leaves one.
    @Test
    void snapshotUnderBothKeys_opensUnderTheOneInForce_andLosesTheOther() throws Exception {
        snapshot();
        saying("refused code=io");
        rotated();
        Files.copy(
                folder.resolve("snapshots/i-00000001.manifest.snap.1"),
                folder.resolve("snapshots/i-00000001.manifest.snap.2"));
        assertThat(sealing.under(instance).version()).isEqualTo(2);
        saying(SEALED);
        assertThat(sealing.rekey(instance)).isTrue();
        assertThat(Files.exists(folder.resolve("snapshots/i-00000001.manifest.snap.1")))
                .isFalse();
        assertThat(sealing.under(instance).version()).isEqualTo(2);
    }

    @Test
    void snapshotWithoutAKeyInForce_staysAsItIs() throws Exception {
        snapshot();
        host.machines.rekeying = sealing::rekey;
        instance = instance.withSleep(instance.sleep().next().sealed(7, 1, 1)).asleep();
        host.registry.put(instance);
        host.done(host.nextWithoutKeys(new Counts(2, 1, 0)));
        assertThat(sealing.rekey(instance)).isFalse();
    }

    /// Nothing says then what it is under.
    @Test
    void snapshotWhoseKeyIsInNoBlob_isNotCalledUnderTheKeyInForce() throws Exception {
        snapshot();
        instance = instance.withSleep(instance.sleep().next().sealed(7, 1, 1)).asleep();
        assertThat(sealing.rekey(instance)).isTrue();
        host.uptime += Duration.ofHours(36).toSeconds();
        assertThat(sealing.rekey(instance)).isFalse();
    }

    /// The VMM sees an input or output error; the sealer knows why.
    @Test
    void sealerThatRefuses_isWhyTheVmmFailed() throws Exception {
        saying("", "refused code=no_space");
        var transfer = new TestTransfer(TransferMode.FILES, () -> {
            throw vmmFailed();
        });
        assertThatThrownBy(() -> sealing.seal(instance, VMM, transfer))
                .satisfies(e -> assertThat(label(e)).isEqualTo("snapshot_no_space"));
        assertThat(transfer.back).isTrue();
    }

    @Test
    void vmmThatFails_endsTheSealer() throws Exception {
        saying("", "refused code=stopped");
        var transfer = new TestTransfer(TransferMode.FILES, () -> {
            throw vmmFailed();
        });
        assertThatThrownBy(() -> sealing.seal(instance, VMM, transfer))
                .satisfies(e -> assertThat(label(e)).isEqualTo("vmm_api"));
        assertThat(heard()).containsExactly("request", "stop");
        assertThat(transfer.back).isTrue();
    }

    /// It may have been taken over; hostd has waited for the VMM already.
    @Test
    @Tag("claim-S2")
    void sealerThatSaysNothing_isNotWaitedForAgain_whenTheVmmHasFailed() throws Exception {
        saying("", "");
        var transfer = new TestTransfer(TransferMode.FILES, () -> {
            throw vmmFailed();
        });
        assertThatThrownBy(() -> sealing.seal(instance, VMM, transfer))
                .satisfies(e -> assertThat(label(e)).isEqualTo("vmm_api"));
        assertThat(heard()).startsWith("request", "stop");
    }

    @Test
    void interruption_stopsTheSealer() throws Exception {
        saying("", "refused code=stopped");
        var id = instance.address().instance();
        var transfer = new TestTransfer(TransferMode.FILES, () -> {
            assertThat(sealing.interrupt(id)).isTrue();
            throw vmmFailed(); // its writes fail
        });
        assertThatThrownBy(() -> sealing.seal(instance, VMM, transfer)).isInstanceOf(StepException.class);
        assertThat(heard()).startsWith("request", "stop");
        assertThat(transfer.back).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"opened plain_bytes=1", "authentic", "refused", "sealed", "", "\0"})
    void sealerThatSaysAnythingElse_hasSealedNothing(String word) throws Exception {
        sealers.become(hostd -> {
            hostd.receive(MOST, HANDED, Deadline.never()).orElseThrow().close();
            say(hostd, word, List.of());
        });
        var transfer = new TestTransfer(TransferMode.FILES, () -> {});
        assertThatThrownBy(() -> sealing.seal(instance, VMM, transfer)).isInstanceOf(StepException.class);
    }

    @Test
    void sealerThatGivesMoreThanItHad_isNotListenedTo() throws Exception {
        sealers.become(hostd -> {
            hostd.receive(MOST, HANDED, Deadline.never()).orElseThrow().close();
            say(hostd, SEALED, List.of(hostd.fd(), hostd.fd()));
        });
        var transfer = new TestTransfer(TransferMode.FILES, () -> {});
        assertThatThrownBy(() -> sealing.seal(instance, VMM, transfer))
                .satisfies(e -> assertThat(label(e)).isEqualTo("snapshot"));
        assertThat(transfer.back).isFalse();
    }

    /// Opens the snapshot as a wake does.
    ///
    /// @param consumption run when it is verified
    /// @return the sealer, if it goes on
    private Optional<PacketSocket> open(String vmm, StateTransfer transfer, Runnable consumption) throws StepException {
        try (var opening = sealing.opening(instance, vmm, transfer)) {
            opening.verify();
            consumption.run();
            return opening.load();
        }
    }

    private void snapshot() throws IOException {
        var key = host.trust
                .installed()
                .flatMap(state -> state.key(instance.address().poolAddress(), dev.mvm.model.KeyPurpose.SNAPSHOT))
                .orElseThrow();
        SnapshotFiles.make(directory, instance.address().instance(), key).close();
    }

    @Test
    void guestMayRun_whenItsFirstPagesAreThere_andTheSealerGoesOn() throws Exception {
        snapshot();
        saying("authentic", "paged");
        var used = new CountDownLatch(1);
        var transfer = new TestTransfer(
                TransferMode.PAGES, () -> assertThat(used.getCount()).isZero());
        try (var rest = open(VMM, transfer, used::countDown).orElseThrow()) {
            assertThat(rest.fd().isOpen()).isTrue();
        }
        assertThat(heard()).startsWith("request", "go");
        assertThat(Files.exists(folder.resolve("snapshots/i-00000001.memory"))).isTrue();
    }

    @Test
    void snapshotThatIsNotTheOne_usesNothingUp() throws Exception {
        snapshot();
        saying("refused code=wrong_epoch");
        var transfer = new TestTransfer(TransferMode.PAGES, () -> {
            throw new AssertionError("loaded");
        });
        assertThatThrownBy(() -> open(VMM, transfer, () -> {
                    throw new AssertionError("used up");
                }))
                .satisfies(e -> assertThat(label(e)).isEqualTo("snapshot_wrong_epoch"));
    }

    @Test
    void chunkThatDoesNotOpen_isWhyTheVmmDoesNotLoad() throws Exception {
        snapshot();
        saying("authentic", "", "refused code=tampered");
        var transfer = new TestTransfer(TransferMode.PAGES, () -> {
            throw new StepException("vmm_api", "load failed");
        });
        assertThatThrownBy(() -> open(VMM, transfer, () -> {}))
                .satisfies(e -> assertThat(label(e)).isEqualTo("snapshot_tampered"));
    }

    @Test
    void snapshotThatIsNotThere_isMissing() throws Exception {
        var transfer = new TestTransfer(TransferMode.PAGES, () -> {});
        assertThatThrownBy(() -> open(VMM, transfer, () -> {}))
                .satisfies(e -> assertThat(label(e)).isEqualTo("snapshot_missing"));
        assertThat(transfer.handed).isFalse();
    }

    /// By one stream: all of it is there when this returns, and nothing is left to be opened again.
    @Test
    void streamThatWasOpened_isDestroyed() throws Exception {
        snapshot();
        saying("authentic", "opened plain_bytes=9");
        assertThat(open("qemu 9.1", new TestTransfer(TransferMode.STREAM, () -> {}), () -> {}))
                .isEqualTo(Optional.empty());
        try (var left = Files.list(folder.resolve("snapshots"))) {
            assertThat(left).isEmpty();
        }
    }
}
