package dev.mvm.testkit.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.FirecrackerVersion;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class QuirkTest {
    private static FirecrackerVersion version(String text) {
        return FirecrackerVersion.parse(text);
    }

    @Test
    void quirks_haveTheirVersions() {
        var always = EnumSet.range(Quirk.SNAPSHOT_RESETS_VSOCK, Quirk.FAILED_LOAD_ENDS_PROCESS);
        var before117 = EnumSet.of(Quirk.LOGGER_DEADLOCK, Quirk.TEMPLATES_ZERO_MSRS);
        assertThat(Quirk.of(version("1.14.4"))).isEqualTo(plus(always, before117, Quirk.DIFF_CORRUPT_ABOVE_3_GIB));
        assertThat(Quirk.of(version("1.15.0"))).isEqualTo(plus(always, before117));
        assertThat(Quirk.of(version("1.15.1"))).isEqualTo(plus(always, before117));
        assertThat(Quirk.of(version("1.16.0")))
                .isEqualTo(plus(
                        always,
                        before117,
                        Quirk.VSOCK_DEAD_AFTER_BARE_RESUME,
                        Quirk.VSOCK_DEAD_AFTER_BUSY_RESTORE,
                        Quirk.JAILER_REFUSES_SYMLINKS));
        assertThat(Quirk.of(version("1.16.1"))).isEqualTo(plus(always, before117, Quirk.VSOCK_DEAD_AFTER_BARE_RESUME));
        assertThat(Quirk.of(version("1.17.0-dev"))).isEqualTo(always);
        assertThat(Quirk.of(version("1.17.0"))).isEqualTo(always);
    }

    private static Set<Quirk> plus(Set<Quirk> first, Set<Quirk> second, Quirk... more) {
        var out = EnumSet.copyOf(first);
        out.addAll(second);
        out.addAll(Arrays.asList(more));
        return out;
    }
}
