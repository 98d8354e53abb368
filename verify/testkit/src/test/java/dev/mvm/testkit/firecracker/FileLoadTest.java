package dev.mvm.testkit.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mvm.protocol.firecracker.DeviceId;
import dev.mvm.protocol.firecracker.VmmPath;
import dev.mvm.testkit.firecracker.FileLoad.Option;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class FileLoadTest {
    private static final VmmPath PATH = new VmmPath("/io/x");
    private static final DeviceId ID = new DeviceId("e0");

    private static void refused(ThrowingCallable making) {
        assertThatIllegalArgumentException().isThrownBy(making);
    }

    private static FileLoad load(Option... options) {
        return new FileLoad(PATH, new VmmPath("/io/m"), List.of(options));
    }

    @Test
    void load_saysOnlyWhatIsWanted() {
        assertThat(load().request().body())
                .isEqualTo("{\"snapshot_path\":\"/io/x\",\"mem_backend\":{\"backend_type\":\"File\","
                        + "\"backend_path\":\"/io/m\"}}");
        assertThat(load(Option.Flag.values()).request().body())
                .endsWith(",\"resume_vm\":true,\"track_dirty_pages\":true,\"clock_realtime\":true}");
    }

    @Test
    void optionTwice_isRefused() {
        var override = new Option.NetworkOverride(ID, "tn0i3");
        refused(() -> load(Option.Flag.RESUME_VM, Option.Flag.RESUME_VM));
        refused(() -> load(override, new Option.NetworkOverride(ID, "tn0i4")));
        refused(() -> load(new Option.VsockOverride(PATH), new Option.VsockOverride(new VmmPath("/y"))));
        assertThat(load(override, new Option.NetworkOverride(new DeviceId("e1"), "tn0i3")))
                .isNotNull();
    }

    @Test
    void socketPaths_haveLimits() {
        refused(() -> new Option.VsockOverride(new VmmPath("/" + "x".repeat(96))));
        refused(() -> new Option.NetworkOverride(ID, "a/b"));
    }
}
