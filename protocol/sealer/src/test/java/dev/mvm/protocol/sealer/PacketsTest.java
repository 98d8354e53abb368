package dev.mvm.protocol.sealer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyName;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import org.junit.jupiter.api.Test;

/// Packets as they were written once.
final class PacketsTest {
    private static SealRequest request(Job job, TransferMode way) {
        return new SealRequest(
                job,
                way,
                new TenantId("demo"),
                new PoolId("web"),
                InstanceId.of(1),
                3,
                new MachineFacts("firecracker", "1.15.1", "files", "cpu", "6.12", 2, 512L << 20),
                new KeyName("snapshots"),
                4);
    }

    private static String golden(String job, String way) {
        return """
                mvm-seal 1
                job=%s
                way=%s
                tenant=demo
                pool=web
                instance=i-00000001
                epoch=3
                vmm=firecracker
                vmm_version=1.15.1
                format=files
                cpu=cpu
                kernel=6.12
                vcpus=2
                memory_bytes=536870912
                key=snapshots
                key_version=4
                """.formatted(job, way);
    }

    @Test
    void requests_areWrittenAsEver() {
        assertThat(new String(request(Job.SEAL, TransferMode.FILES).encode(), US_ASCII))
                .isEqualTo(golden("seal", "files"));
        assertThat(new String(request(Job.OPEN, TransferMode.PAGES).encode(), US_ASCII))
                .isEqualTo(golden("open", "pages"));
        assertThat(new String(request(Job.REWRAP, TransferMode.STREAM).encode(new KeyName("next"), 5), US_ASCII))
                .isEqualTo(golden("rewrap", "stream") + "new_key=next\nnew_key_version=5\n");
    }

    @Test
    void replies_areReadAsEver() {
        assertThat(SealReply.parse(
                        "sealed memory_bytes=1 vmstate_bytes=2 plain_bytes=3 manifest_bytes=4".getBytes(US_ASCII)))
                .isEqualTo(new SealReply.Sealed(1, 2, 3, 4));
        assertThat(SealReply.parse("refused code=wrong_epoch".getBytes(US_ASCII)))
                .isEqualTo(new SealReply.Refused("wrong_epoch"));
        assertThat(SealReply.go()).isEqualTo("go".getBytes(US_ASCII));
        assertThat(SealReply.stop()).isEqualTo("stop".getBytes(US_ASCII));
    }
}
