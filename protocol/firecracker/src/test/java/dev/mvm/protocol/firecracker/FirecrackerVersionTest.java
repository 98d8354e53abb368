package dev.mvm.protocol.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FirecrackerVersionTest {
    private static FirecrackerVersion version(String text) {
        return FirecrackerVersion.parse(text);
    }

    @Test
    void version_readsBackAsWritten() {
        for (var text : new String[] {"1.15.1", "1.16.0", "1.17.0-dev", "0.25.2", "9999.9999.9999"}) {
            assertThat(version(text)).hasToString(text);
        }
        assertThat(version("v1.16.1")).isEqualTo(version("1.16.1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1.16",
                "1.16.1.1",
                "1.16.x",
                "01.16.1",
                "1.16.-1",
                "1.16.1 ",
                "1.16.1-",
                "1.16.1-d\u00e9v",
                "10000.0.0",
                "1.16.1+x",
                "Firecracker v1.16.1",
                "\u0661.16.1",
                "1.16.1-x\n"
            })
    void whatIsNoVersion_isRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> version(text)).withMessage("not a Firecracker version");
    }

    @Test
    void versions_areOrderedByNumberAndADevBuildComesFirst() {
        assertThat(Arrays.asList(version("1.17.0"), version("1.9.1"), version("1.17.0-dev"), version("1.16.1")).stream()
                        .sorted()
                        .map(FirecrackerVersion::toString))
                .containsExactly("1.9.1", "1.16.1", "1.17.0-dev", "1.17.0");
    }

    /// What the swagger files and the recorded exchanges of these versions say.
    @ParameterizedTest
    @CsvSource({
        "1.11.0, ''",
        "1.12.1, NETWORK_OVERRIDES",
        "1.15.0, NETWORK_OVERRIDES LOAD_TRACK_DIRTY_PAGES",
        "1.15.1, NETWORK_OVERRIDES LOAD_TRACK_DIRTY_PAGES CLOCK_REALTIME",
        "1.16.0, NETWORK_OVERRIDES LOAD_TRACK_DIRTY_PAGES CLOCK_REALTIME VSOCK_OVERRIDE SERIAL_RATE_LIMITER",
        "1.16.1, NETWORK_OVERRIDES LOAD_TRACK_DIRTY_PAGES CLOCK_REALTIME VSOCK_OVERRIDE SERIAL_RATE_LIMITER",
        "1.17.0-dev, NETWORK_OVERRIDES LOAD_TRACK_DIRTY_PAGES CLOCK_REALTIME VSOCK_OVERRIDE SERIAL_RATE_LIMITER BZIMAGE"
    })
    void version_hasItsFeatures(String text, String features) {
        assertThat(Arrays.stream(Feature.values())
                        .filter(feature -> feature.in(version(text)))
                        .map(Feature::name)
                        .collect(Collectors.joining(" ")))
                .isEqualTo(features);
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
