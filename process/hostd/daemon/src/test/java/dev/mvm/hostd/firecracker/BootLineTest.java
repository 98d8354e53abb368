package dev.mvm.hostd.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.hostd.engine.Boot;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.Revision;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The kernel's command line, whose words for the guest's first process docs/protocol/guest-init.md has.
final class BootLineTest {
    private static final Revision.Image IMAGE =
            new Revision.Image(Ceremony.SOME, 40960, 8, Ceremony.SOME, Revision.Image.SALT);

    private static String line(Optional<Revision.Image> image, int diskGib) {
        var boot = new Boot(
                new InstanceId("i-00000001"),
                new Slot(new NetId(0), 3),
                Ceremony.network(0),
                new Resources(1, 128, diskGib),
                image,
                new Rates(0, 0, 0, 0),
                false,
                false);
        return FirecrackerEngine.configuration(boot).bootLine();
    }

    @Test
    void image_isTheFirstDisk_andAVolumeTheSecond() {
        var root = " mvm.disk=vda mvm.data_blocks=8 mvm.root_hash=" + Ceremony.SOME.hex();
        assertThat(line(Optional.of(IMAGE), 0)).endsWith(root);
        assertThat(line(Optional.of(IMAGE), 1)).endsWith(root + " mvm.volume=vdb");
    }

    /// Such a guest mounts its volume by itself.
    @Test
    void guestWithoutAnImage_isToldOfNoDisk() {
        assertThat(line(Optional.empty(), 1)).contains("mvm.id=i-00000001").doesNotContain("mvm.volume", "mvm.disk");
    }
}
