package dev.mvm.hostd.volume;

import static dev.mvm.hostd.volume.VolumeFixture.ONE;
import static dev.mvm.hostd.volume.VolumeFixture.SNAP;
import static dev.mvm.hostd.volume.VolumeFixture.TWO;
import static dev.mvm.hostd.volume.VolumeFixture.WEB;
import static dev.mvm.hostd.volume.VolumeFixture.instance;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.hostd.host.ArtefactException;
import dev.mvm.hostd.host.FakeMachines;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.linux.cryptsetup.Luks;
import dev.mvm.linux.libcrypto.AesGcm;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.PoolFlag;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.trust.Ceremony;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Volumes up to the last step, which mvm-volume makes. `VolumeCycle` goes on from there in a machine that has a
/// device-mapper.
final class VolumesTest {
    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;

    @TempDir
    private Path folder;

    private FakeVolumeDevices devices;
    private VolumeFixture fixture;

    @BeforeEach
    void keyIsInForce() throws Exception {
        devices = new FakeVolumeDevices();
        fixture = new VolumeFixture(folder, devices.client());
        fixture.taken(fixture.disk(1, 7));
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
        devices.close();
    }

    private void opens(InstanceRecord instance, int held) throws Exception {
        try (var device = fixture.volumes.open(instance, held)) {
            assertThat(device.status().size())
                    .isEqualTo(MIB + instance.resources().diskGib() * GIB);
        }
    }

    private void opens(InstanceRecord instance) throws Exception {
        opens(instance, instance.resources().diskGib());
    }

    /// Refused, and not a byte or file is another.
    private void refused(Refusal reason, InstanceRecord instance, int held) throws Exception {
        var before = content();
        assertThatThrownBy(() -> fixture.volumes.open(instance, held))
                .isInstanceOfSatisfying(
                        ArtefactException.class,
                        e -> assertThat(e.refusal()).as(e.getMessage()).isEqualTo(reason));
        assertThat(content()).isEqualTo(before);
    }

    private void refused(Refusal reason) throws Exception {
        refused(reason, instance(ONE, 1), 1);
    }

    private java.util.Map<String, String> content() throws Exception {
        var out = new TreeMap<String, String>();
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                if (Files.isRegularFile(file)) {
                    try (var in = Files.newInputStream(file)) {
                        var digest = dev.mvm.model.Digest.of(in.readNBytes((int) (2 * MIB)));
                        out.put(file.getFileName().toString(), Files.size(file) + " " + digest);
                    }
                } else {
                    out.put(file.getFileName().toString(), "no file");
                }
            }
        }
        return out;
    }

    private Path data(Object id) {
        return folder.resolve(id.toString());
    }

    private Path header(Object id) {
        return folder.resolve(id + ".header");
    }

    private void overwrite(Path file, long at, byte[] with) throws Exception {
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(at);
            out.write(with);
        }
    }

    private void length(Path file, long size) throws Exception {
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(size);
        }
    }

    private static void swap(Path a, Path b) throws Exception {
        var aside = a.resolveSibling("aside");
        Files.move(a, aside);
        Files.move(b, a);
        Files.move(aside, b);
    }

    @Test
    void firstOpening_makesAFileAndASealedHeader() throws Exception {
        opens(instance(ONE, 3), 0);
        assertThat(content().keySet()).containsExactly("i-00000001", "i-00000001.header");
        assertThat(Files.size(data(ONE))).isEqualTo(MIB + 3 * GIB);
        assertThat(Files.size(header(ONE))).isEqualTo(Luks.HEADER_SIZE + AesGcm.OVERHEAD);
        for (var file : new Path[] {data(ONE), header(ONE)}) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
        }
        assertThat(new String(Files.readAllBytes(header(ONE)), ISO_8859_1)).doesNotContain("LUKS", "aes-xts", "pbkdf2");
        opens(instance(ONE, 3));
        fixture.restart();
        opens(instance(ONE, 3));
    }

    @Test
    void newVolume_isMadeWithZerosAndOpenedWithItsKeyInSecretMemory() throws Exception {
        opens(instance(ONE, 1), 0);
        var size = "1073741824 of 1074790400 bytes, key in secret memory";
        assertThat(devices.asked)
                .containsExactly(
                        "close i-00000001",
                        "open i-00000001 flags 1, " + size,
                        "close i-00000001",
                        "open i-00000001 flags 0, " + size);
    }

    @Test
    void integrity_isFixedWithTheVolume() throws Exception {
        try (var bound = new VolumeFixture(folder, devices.client(), PoolFlag.INTEGRITY)) {
            bound.taken(bound.disk(1, 7));
            try (var device = bound.volumes.open(instance(ONE, 1), 0)) {
                assertThat(device.status().size()).isEqualTo(MIB + GIB);
            }
            assertThat(devices.asked).anyMatch(each -> each.startsWith("open i-00000001 flags 3, "));
            assertThat(devices.asked.getLast()).startsWith("open i-00000001 flags 2, ");
            refused(Refusal.VOLUME_FIXED);
            opens(instance(TWO, 1), 0);
            assertThatThrownBy(() -> bound.volumes.open(instance(TWO, 1), 1))
                    .isInstanceOf(ArtefactException.class)
                    .hasMessageContaining("fixed");
        }
    }

    @Test
    void deviceThatIsRefused_failsTheStep() throws Exception {
        devices.status = 5;
        devices.errno = 16;
        assertThatThrownBy(() -> fixture.volumes.open(instance(ONE, 1), 0))
                .isInstanceOf(StepException.class)
                .hasMessage("volume: mvm-volume refused: status 5: EBUSY");
        assertThat(content().keySet()).doesNotContain("i-00000001.header");
        devices.status = 0;
        opens(instance(ONE, 1), 0);
    }

    @Test
    void start_closesWhatIsNotWanted() throws Exception {
        opens(instance(ONE, 1), 0);
        opens(instance(TWO, 1), 0);
        fixture.volumes.closeOthers(java.util.Set.of(TWO));
        assertThat(devices.open).containsExactly(2);
        fixture.volumes.close(TWO);
        assertThat(devices.open).isEmpty();
    }

    @Test
    void volumeThatWasNeverBootedFrom_isMadeAnewIfItIsIncomplete() throws Exception {
        opens(instance(ONE, 1), 0);
        Files.delete(header(ONE));
        opens(instance(ONE, 1), 0);
        var made = content();
        opens(instance(ONE, 1), 0);
        assertThat(content()).isEqualTo(made);
    }

    @Test
    @Tag("claim-V1")
    void missingFile_isRefusedAndNothingIsMade() throws Exception {
        refused(Refusal.VOLUME_MISSING);
        opens(instance(ONE, 1), 0);
        swap(data(ONE), Files.createFile(folder.resolve("kept")));
        Files.delete(data(ONE));
        refused(Refusal.VOLUME_MISSING);
        Files.move(folder.resolve("kept"), data(ONE));
        opens(instance(ONE, 1));
        Files.delete(header(ONE));
        refused(Refusal.VOLUME_MISSING);
    }

    @Test
    @Tag("claim-V1")
    void anothersFiles_areRefused() throws Exception {
        opens(instance(ONE, 1), 0);
        opens(instance(TWO, 1), 0);
        swap(data(ONE), data(TWO));
        refused(Refusal.VOLUME_DIFFERS);
        swap(header(ONE), header(TWO));
        refused(Refusal.VOLUME_DIFFERS);
        swap(data(ONE), data(TWO));
        refused(Refusal.VOLUME_DIFFERS);
        swap(header(ONE), header(TWO));
        opens(instance(ONE, 1));
        opens(instance(TWO, 1));
    }

    @Test
    @Tag("claim-V1")
    void anotherTenantsVolumeUnderTheSameId_isRefused() throws Exception {
        opens(instance(ONE, 1), 0);
        refused(Refusal.NO_VOLUME_KEY, instance(Ceremony.SECOND, ONE, 1), 1);
    }

    @Test
    @Tag("claim-V1")
    void whatIsNotTheVolume_isRefused() throws Exception {
        opens(instance(ONE, 1), 0);
        var label = new byte[4096];
        try (var in = Files.newInputStream(data(ONE))) {
            assertThat(in.read(label)).isEqualTo(label.length);
        }
        overwrite(data(ONE), 0, new byte[4096]); // zeroed
        refused(Refusal.VOLUME_DIFFERS);
        var ext4 = new byte[4096];
        new Random(4).nextBytes(ext4);
        ext4[0x438] = 0x53;
        ext4[0x439] = (byte) 0xef;
        overwrite(data(ONE), 0, ext4);
        refused(Refusal.VOLUME_DIFFERS);
        overwrite(data(ONE), 0, label);
        opens(instance(ONE, 1));
        for (long size : new long[] {MIB + GIB - 1, MIB + GIB + 1, MIB + 2 * GIB, MIB, 10, 0}) {
            length(data(ONE), size);
            refused(Refusal.VOLUME_DIFFERS);
        }
        length(data(ONE), MIB + GIB);
        overwrite(data(ONE), 0, label);
        opens(instance(ONE, 1));
    }

    @Test
    @Tag("claim-V1")
    void whatIsNoFile_isNotFollowed() throws Exception {
        opens(instance(ONE, 1), 0);
        Files.move(data(ONE), folder.resolve("elsewhere"));
        Files.createSymbolicLink(data(ONE), Path.of("elsewhere"));
        assertThatThrownBy(() -> fixture.volumes.open(instance(ONE, 1), 1))
                .isInstanceOf(StepException.class)
                .hasMessageContaining("ELOOP");
        Files.delete(data(ONE));
        Files.createDirectory(data(ONE));
        assertThatThrownBy(() -> fixture.volumes.open(instance(ONE, 1), 1)).isInstanceOf(StepException.class);
    }

    @Test
    @Tag("claim-V1")
    void alteredHeader_isRefused() throws Exception {
        opens(instance(ONE, 1), 0);
        var good = Files.readAllBytes(header(ONE));
        for (int at : new int[] {0, 11, 12, 4096, 32_780, good.length - 17, good.length - 1}) {
            var altered = good.clone();
            altered[at] ^= 1;
            Files.write(header(ONE), altered);
            refused(Refusal.VOLUME_DIFFERS);
        }
        for (int size : new int[] {0, 100, good.length - 1}) {
            Files.write(header(ONE), java.util.Arrays.copyOf(good, size));
            refused(Refusal.VOLUME_DIFFERS);
        }
        Files.write(header(ONE), java.util.Arrays.copyOf(good, good.length + 1));
        assertThatThrownBy(() -> fixture.volumes.open(instance(ONE, 1), 1)).isInstanceOf(Exception.class);
        Files.write(header(ONE), good);
        opens(instance(ONE, 1));
    }

    @Test
    @Tag("claim-V1")
    void withoutItsKey_isRefused() throws Exception {
        opens(instance(ONE, 1), 0);
        fixture.taken();
        refused(Refusal.NO_VOLUME_KEY);
        refused(Refusal.NO_VOLUME_KEY, instance(ONE, 1), 0);
        fixture.taken(
                fixture.key(Ceremony.DEMO, SNAP, KeyPurpose.SNAPSHOT, 1, 7)); // the same bytes for another purpose
        refused(Refusal.NO_VOLUME_KEY);
        fixture.host.served.clear();
        fixture.taken(fixture.disk(2, 8));
        refused(Refusal.VOLUME_DIFFERS);
    }

    @Test
    void keyWithThePoolsName_comesFirst() throws Exception {
        fixture.taken(fixture.disk(1, 7), fixture.key(Ceremony.DEMO, WEB, KeyPurpose.VOLUME, 1, 9));
        opens(instance(ONE, 1), 0);
        fixture.taken(fixture.key(Ceremony.DEMO, WEB, KeyPurpose.VOLUME, 1, 9));
        opens(instance(ONE, 1));
    }

    @Test
    @Tag("claim-V2")
    void rotation_takesTheVolumeAlongAndTheOldHeaderIsErased() throws Exception {
        opens(instance(ONE, 1), 0);
        fixture.host.registry.put(instance(ONE, 1));
        var old = header(ONE).resolveSibling("old");
        Files.createLink(old, header(ONE));
        fixture.taken(fixture.disk(2, 8));
        fixture.restart();
        opens(instance(ONE, 1));
        assertThat(content().keySet()).containsExactly("i-00000001", "i-00000001.header", "old");
        assertThat(Files.readAllBytes(old)).startsWith(new byte[Luks.HEADER_SIZE]);
        fixture.taken(fixture.disk(3, 9)); // twice without being opened
        fixture.taken(fixture.disk(4, 10));
        opens(instance(ONE, 1));
        fixture.taken(fixture.key(Ceremony.DEMO, WEB, KeyPurpose.VOLUME, 1, 11)); // to a key of another name
        opens(instance(ONE, 1));
    }

    @Test
    @Tag("claim-V2")
    void refusedRotation_leavesTheOldKeyGood() throws Exception {
        opens(instance(ONE, 1), 0);
        fixture.host.registry.put(instance(ONE, 1));
        var operation = fixture.state(fixture.disk(2, 8));
        for (int writes = 0; writes < 3; writes++) {
            fixture.host.trustFiles.crashAfter(writes);
            assertThatThrownBy(() -> fixture.host.perform(operation)).isInstanceOf(FakeMachines.Crash.class);
            fixture.host.trustFiles.crashAfter(Integer.MAX_VALUE);
            fixture.restart();
            if (fixture.host.trust.installed().isPresent()) {
                opens(instance(ONE, 1));
            }
        }
        fixture.host.done(operation);
        opens(instance(ONE, 1));
    }

    /// The one harms no other: the state is in force, and the volume opens with its old key as soon as it can.
    @Test
    @Tag("claim-V2")
    void volumeThatCannotBePutUnderTheNextKey_keepsNoStateOut_andItsKey() throws Exception {
        opens(instance(ONE, 1), 0);
        opens(instance(TWO, 1), 0);
        fixture.host.registry.put(instance(ONE, 1));
        fixture.host.registry.put(instance(TWO, 1));
        Files.createDirectory(folder.resolve("i-00000001.next"));
        fixture.taken(fixture.disk(2, 8));
        assertThat(fixture.host.registry.find(ONE).orElseThrow().reason()).contains(new Label("key_not_replaced"));
        assertThat(fixture.host.registry.find(TWO).orElseThrow().reason()).isEmpty();
        opens(instance(TWO, 1));
        fixture.restart();
        Files.delete(folder.resolve("i-00000001.next"));
        opens(instance(ONE, 1));
        fixture.taken(fixture.disk(2, 8));
        assertThat(fixture.host.registry.find(ONE).orElseThrow().reason()).isEmpty();
        opens(instance(ONE, 1));
    }

    /// Each write of a header is the last that hostd has done.
    @Test
    @Tag("claim-V2")
    void crashInTheMiddleOfPuttingItUnderAnother_losesNoVolume() throws Exception {
        opens(instance(ONE, 1), 0);
        fixture.host.registry.put(instance(ONE, 1));
        var old = Files.readAllBytes(header(ONE));
        var next = folder.resolve("i-00000001.next");
        fixture.host.background = _ -> {};
        fixture.taken(fixture.disk(2, 8));
        opens(instance(ONE, 1)); // by the use alone
        var fresh = Files.readAllBytes(header(ONE));
        for (boolean whole : new boolean[] {true, false}) {
            Files.write(header(ONE), whole ? old : new byte[old.length]);
            Files.write(next, fresh);
            fixture.restart();
            opens(instance(ONE, 1));
            assertThat(Files.exists(next)).isFalse();
        }
        Files.write(header(ONE), old);
        fixture.host.background = Runnable::run;
        fixture.restart();
        assertThat(Files.readAllBytes(header(ONE))).isNotEqualTo(old);
        opens(instance(ONE, 1));
    }

    @Test
    void volumeThatDoesNotOpen_keepsNoStateOut() throws Exception {
        opens(instance(ONE, 1), 0);
        fixture.host.registry.put(instance(ONE, 1));
        Files.write(header(ONE), new byte[5]);
        fixture.taken(fixture.disk(2, 8));
        assertThat(fixture.host.log).anyMatch(line -> line.contains("stays under an older key"));
        refused(Refusal.VOLUME_DIFFERS);
    }

    /// A node is not sent the keys of a tenant that has nothing to run there.
    @Test
    @Tag("claim-V2")
    void keyThatIsReplacedWhileTheNodeIsSentNone_losesNoVolume() throws Exception {
        opens(instance(ONE, 1), 0);
        fixture.host.registry.put(instance(ONE, 1));
        fixture.taken();
        refused(Refusal.NO_VOLUME_KEY);
        fixture.restart();
        fixture.taken(fixture.disk(2, 8));
        opens(instance(ONE, 1));
    }

    @Test
    void moreThatIsGranted_isThereAtTheNextOpening() throws Exception {
        opens(instance(ONE, 1), 0);
        opens(instance(ONE, 4), 1);
        assertThat(Files.size(data(ONE))).isEqualTo(MIB + 4 * GIB);
        opens(instance(ONE, 4), 1); // the record was not written
        refused(Refusal.VOLUME_DIFFERS, instance(ONE, 3), 3);
    }

    @Test
    @Tag("claim-V3")
    void erasing_overwritesWhatLeadsToTheKeyAndRemovesEverything() throws Exception {
        opens(instance(ONE, 1), 0);
        opens(instance(TWO, 1), 0);
        fixture.host.registry.put(instance(ONE, 1));
        var kept = folder.resolve("kept");
        Files.copy(header(ONE), folder.resolve("i-00000001.next")); // of a crash while it was put under another key
        Files.copy(
                header(ONE),
                folder.resolve("." + header(ONE).getFileName() + ".new"),
                StandardCopyOption.REPLACE_EXISTING);
        Files.createDirectory(kept);
        for (var name : new String[] {"i-00000001.header", "i-00000001.next", ".i-00000001.header.new"}) {
            Files.createLink(kept.resolve(name), folder.resolve(name));
        }
        fixture.taken(); // no key is needed
        fixture.volumes.erase(ONE);
        fixture.volumes.erase(ONE);
        assertThat(content().keySet()).containsExactly("i-00000002", "i-00000002.header", "kept");
        try (var files = Files.list(kept)) {
            for (var file : files.toList()) {
                assertThat(Files.readAllBytes(file)).startsWith(new byte[Luks.HEADER_SIZE]);
            }
        }
    }
}
