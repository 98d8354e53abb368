package dev.mvm.protocol.launch;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import org.junit.jupiter.api.Test;

/// Packets as they were written once: a launcher of an earlier installation may read them.
final class PacketsTest {
    @Test
    void requests_areWrittenAsEver() {
        var request = new LaunchRequest.Firecracker(
                InstanceId.of(1),
                new Slot(new NetId(7), 3),
                new Resources(2, 256, 1),
                true,
                new Rates(10, 300, 20, 0),
                12,
                true);
        assertThat(new String(request.encode(), US_ASCII)).isEqualTo("""
                mvm-launch 4
                vmm=firecracker
                id=i-00000001
                uid=1879049987
                vcpus=2
                mem=256
                root=12
                strict=1
                disk_mib=10
                disk_requests=300
                fds=kernel,rootfs,snap,image,drive
                """);
    }
}
