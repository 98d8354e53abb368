package dev.mvm.testkit.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.mvm.protocol.firecracker.DeviceId;
import dev.mvm.protocol.firecracker.VmmPath;
import dev.mvm.testkit.firecracker.LoadSnapshot.MemoryBackend;
import dev.mvm.testkit.firecracker.LoadSnapshot.Option;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class LoadSnapshotTest {
    private static final VmmPath PATH = new VmmPath("/io/x");
    private static final DeviceId ID = new DeviceId("e0");

    private static void refused(ThrowingCallable making) {
        assertThatIllegalArgumentException().isThrownBy(making);
    }

    private static LoadSnapshot load(MemoryBackend memory, Option... options) {
        return new LoadSnapshot(PATH, memory, List.of(options));
    }

    @Test
    void load_saysOnlyWhatIsWanted() {
        var uffd = new MemoryBackend.Uffd(new VmmPath("/io/u.sock"));
        assertThat(load(uffd).request().body())
                .isEqualTo("{\"snapshot_path\":\"/io/x\",\"mem_backend\":{\"backend_type\":\"Uffd\","
                        + "\"backend_path\":\"/io/u.sock\"}}");
        assertThat(load(uffd, Option.Flag.values()).request().body())
                .endsWith(",\"resume_vm\":true,\"track_dirty_pages\":true,\"clock_realtime\":true}");
    }

    @Test
    void optionTwice_isRefused() {
        var memory = new MemoryBackend.File(PATH);
        var override = new Option.NetworkOverride(ID, "tn0i3");
        refused(() -> load(memory, Option.Flag.RESUME_VM, Option.Flag.RESUME_VM));
        refused(() -> load(memory, override, new Option.NetworkOverride(ID, "tn0i4")));
        refused(() -> load(memory, new Option.VsockOverride(PATH), new Option.VsockOverride(new VmmPath("/y"))));
        assertThat(load(memory, override, new Option.NetworkOverride(new DeviceId("e1"), "tn0i3")))
                .isNotNull();
    }

    @Test
    void socketPaths_haveLimits() {
        refused(() -> new Option.VsockOverride(new VmmPath("/" + "x".repeat(96))));
        refused(() -> new MemoryBackend.Uffd(new VmmPath("/" + "x".repeat(107))));
        refused(() -> new Option.NetworkOverride(ID, "a/b"));
    }
}
