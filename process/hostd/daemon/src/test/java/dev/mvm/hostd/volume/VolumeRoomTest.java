package dev.mvm.hostd.volume;

import static dev.mvm.hostd.volume.VolumeFixture.ONE;
import static dev.mvm.hostd.volume.VolumeFixture.TWO;
import static dev.mvm.hostd.volume.VolumeFixture.instance;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mvm.hostd.host.StepException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A volume has its room from the beginning, so that no other volume and no snapshot can take it.
final class VolumeRoomTest {
    private static final long GIB = 1 << 30;

    @TempDir
    private Path folder;

    @Test
    @Tag("claim-V5")
    void volume_hasAllItsRoomAtOnce() throws Exception {
        try (var devices = new FakeVolumeDevices();
                var fixture = new VolumeFixture(folder, devices.client())) {
            fixture.taken(fixture.disk(1, 7));
            opens(fixture, 1, 0);
            assertThat(allocated(ONE.value())).isGreaterThanOrEqualTo(GIB);
            opens(fixture, 2, 1);
            assertThat(allocated(ONE.value())).isGreaterThanOrEqualTo(2 * GIB);
        }
    }

    @Test
    void sparseVolumeOfAnEarlierVersion_getsItsRoomWhenItOpens() throws Exception {
        try (var devices = new FakeVolumeDevices();
                var fixture = new VolumeFixture(folder, devices.client())) {
            fixture.taken(fixture.disk(1, 7));
            opens(fixture, 1, 0);
            run("fallocate", "--punch-hole", "--offset", "2MiB", "--length", "1000MiB", data());
            assertThat(allocated(ONE.value())).isLessThan(GIB / 2);
            opens(fixture, 1, 1);
            assertThat(allocated(ONE.value())).isGreaterThanOrEqualTo(GIB);
        }
    }

    @Test
    @Tag("claim-V5")
    void volumeWithoutRoom_isNotMade() throws Exception {
        var mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=16m", "small", folder.toString());
        assumeTrue(mount.inheritIO().start().waitFor() == 0, "no mounts here");
        try (var devices = new FakeVolumeDevices();
                var fixture = new VolumeFixture(folder, devices.client())) {
            fixture.taken(fixture.disk(1, 7));
            assertThatThrownBy(() -> fixture.volumes.open(instance(TWO, 1), 0))
                    .isInstanceOf(StepException.class)
                    .hasMessageContaining("ENOSPC");
            assertThat(devices.asked).containsExactly("close i-00000002");
            assertThat(Files.exists(folder.resolve("i-00000002.header"))).isFalse();
            assertThat(Files.size(folder.resolve("i-00000002"))).isZero();
        } finally {
            run("umount", folder.toString());
        }
    }

    private static void opens(VolumeFixture fixture, int gib, int held) throws Exception {
        try (var device = fixture.volumes.open(instance(ONE, gib), held)) {
            assertThat(device.status().size()).isGreaterThan(gib * GIB);
        }
    }

    private String data() {
        return folder.resolve(ONE.value()).toString();
    }

    /// Bytes of the disk that a file takes; stat(1).
    private long allocated(String name) throws Exception {
        var stat = new ProcessBuilder("stat", "-c", "%b", folder.resolve(name).toString()).start();
        return 512 * Long.parseLong(new String(stat.getInputStream().readAllBytes(), US_ASCII).strip());
    }

    private static void run(String... command) throws Exception {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }
}
