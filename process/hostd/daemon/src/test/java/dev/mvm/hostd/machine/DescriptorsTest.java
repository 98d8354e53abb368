package dev.mvm.hostd.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.notify.FdName;
import dev.mvm.linux.notify.InheritedFds;
import dev.mvm.linux.notify.ServiceManager;
import dev.mvm.model.InstanceId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DescriptorsTest {
    private static final InstanceId ID = InstanceId.of(1);

    /// The service manager keeps them under these names while another hostd is installed.
    @Test
    void descriptors_areKeptUnderTheNamesOfTheFormat() throws Exception {
        var names = List.of("io-i-00000001", "snap-i-00000001", "sealer-i-00000001");
        var kinds = Descriptors.Kind.values();
        assertThat(kinds).hasSameSizeAs(names);
        for (int i = 0; i < kinds.length; i++) {
            try (var file = Fd.inMemory()) {
                var kept = new InheritedFds.Named(new FdName(names.get(i)), file.move());
                var taken = new Descriptors(ServiceManager.from(Map.of()), List.of(kept)).take(kinds[i], ID);
                assertThat(taken).as(names.get(i)).isPresent();
                taken.get().close();
            }
        }
    }
}
