package dev.mvm.hostd.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.hostd.ServiceSocket;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.InstanceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The golden packets, and answers of another form.
final class VolumeDevicesTest {
    private static final InstanceId ONE = new InstanceId("i-00000001");
    private static final long MIB = 1 << 20;

    @TempDir
    private Path folder;

    /// Golden packets of a kind, by verdict and name.
    private static byte[] golden(String begin) throws Exception {
        var vectors = Path.of("../../../docs/protocol/vectors/volume.txt");
        var line = Files.readAllLines(vectors).stream()
                .filter(each -> each.startsWith(begin + " "))
                .findFirst()
                .orElseThrow();
        return HexFormat.of().parseHex(line.substring(begin.length() + 1));
    }

    @Test
    void requests_areTheGoldenOnes() throws Exception {
        assertThat(VolumeDevices.request(1, 1, 0, MIB, 1 << 30)).isEqualTo(golden("request accept open"));
        assertThat(VolumeDevices.request(1, 1, VolumeDevices.NEW + VolumeDevices.INTEGRITY, MIB, 1 << 30))
                .isEqualTo(golden("request accept open-new-with-integrity"));
        assertThat(VolumeDevices.request(2, -1, 0, 0, 0)).isEqualTo(golden("request accept close-last-instance"));
        assertThat(VolumeDevices.request(3, 0, 0, 0, 0)).isEqualTo(golden("request accept list"));
    }

    @Test
    void answers_areReadAsTheGoldenOnes() throws Exception {
        assertThat(VolumeDevices.check(golden("answer done open"))).isEmpty();
        assertThat(VolumeDevices.check(golden("answer done list")))
                .containsExactly(ONE, new InstanceId("i-0000000a"), new InstanceId("i-ffffffff"));
        var statuses = List.of("peer", "request", "descriptor", "process", "loop", "mapper", "zeros");
        for (var status : statuses) {
            assertThatThrownBy(() -> VolumeDevices.check(golden("answer " + status + " " + status)))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("mvm-volume refused: status " + (statuses.indexOf(status) + 1) + ": ");
        }
    }

    @Test
    void answersOfAnotherForm_areRefused() throws Exception {
        var good = golden("answer done list");
        var bad = new ArrayList<byte[]>();
        for (int length : new int[] {0, 1, 31, 32, good.length - 1}) {
            bad.add(java.util.Arrays.copyOf(good, length));
        }
        bad.add(java.util.Arrays.copyOf(good, good.length + 1));
        bad.add(java.util.Arrays.copyOf(good, good.length + 4));
        for (int at = 0; at < 8; at++) {
            var other = good.clone();
            other[at] ^= 1;
            bad.add(other);
        }
        for (var bytes : bad) {
            assertThatThrownBy(() -> VolumeDevices.check(bytes))
                    .isInstanceOf(IOException.class)
                    .hasMessage("mvm-volume gave an answer of another form");
        }
    }

    @Test
    void processThatEndsOrHandsNothing_isAnError() throws Exception {
        try (var socket = new ServiceSocket(folder, hostd -> hostd.receive(40, 2, Deadline.never()))) {
            var devices = VolumeFixture.devices(socket.address());
            assertThatThrownBy(() -> devices.close(ONE)).hasMessage("mvm-volume has ended without an answer");
            var done = golden("answer done open");
            socket.become(hostd -> {
                var _ = hostd.receive(40, 2, Deadline.never());
                hostd.send(done, List.of(), Deadline.never());
            });
            try (var key = SecretMemory.allocate(96);
                    var data = Fd.open(Files.createFile(folder.resolve("data")), OpenFlag.READ_WRITE)) {
                assertThatThrownBy(() -> {
                            try (var device = devices.open(ONE, data, MIB, MIB, 0, key)) {
                                assertThat(device).isNull();
                            }
                        })
                        .hasMessage("mvm-volume answered without a device");
            }
        }
    }

    @Test
    void whereNobodyListens_isAnError() throws Exception {
        var devices = VolumeFixture.devices(dev.mvm.linux.socket.UnixAddress.at(folder.resolve("nothing")));
        assertThatThrownBy(devices::list).isInstanceOf(IOException.class);
    }
}
