package dev.mvm.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.cli.command.VmmSupport.Support;
import dev.mvm.model.FirecrackerVersion;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;

final class VmmSupportTest {
    private static Support of(String version, String day) {
        return VmmSupport.of(FirecrackerVersion.parse(version), LocalDate.parse(day));
    }

    @Test
    void newestPatch_isMaintainedToTheLastDay() {
        var last = LocalDate.of(2026, 12, 3);
        assertThat(of("1.16.1", "2026-12-03")).isEqualTo(new Support.Maintained(last));
        assertThat(of("1.16.1", "2026-12-04")).isEqualTo(new Support.Ended(last));
        assertThat(of("1.15.1", "2026-09-10")).isEqualTo(new Support.Ended(LocalDate.of(2026, 9, 9)));
    }

    @Test
    void olderPatch_isSuperseded() {
        assertThat(of("1.16.0", "2026-10-01"))
                .isEqualTo(new Support.Superseded(FirecrackerVersion.parse("1.16.1"), LocalDate.of(2026, 12, 3)));
        assertThat(of("1.16.0", "2027-01-01")).isEqualTo(new Support.Ended(LocalDate.of(2026, 12, 3)));
    }

    @Test
    void versionOutsideTheTable_isTooOldOrUnknown() {
        assertThat(of("1.11.0", "2026-10-01")).isEqualTo(new Support.TooOld());
        assertThat(of("0.25.2", "2026-10-01")).isEqualTo(new Support.TooOld());
        assertThat(of("1.16.2", "2026-10-01")).isEqualTo(new Support.Unknown());
        assertThat(of("1.17.0", "2026-10-01")).isEqualTo(new Support.Unknown());
        assertThat(of("1.17.0-dev", "2026-10-01")).isEqualTo(new Support.Unknown());
        assertThat(of("1.15.0-dev", "2026-01-01")).isEqualTo(new Support.Unknown());
        assertThat(of("2.0.0", "2026-10-01")).isEqualTo(new Support.Unknown());
    }

    @Test
    void notice_isForWhatIsNotMaintained() {
        var day = LocalDate.of(2026, 10, 1);
        assertThat(VmmSupport.notice("firecracker 1.16.1", day)).isEmpty();
        assertThat(VmmSupport.notice("qemu 10.0.13", day)).isEmpty();
        assertThat(VmmSupport.notice("firecracker 1.16.0", day)).contains("firecracker 1.16.0 is superseded by 1.16.1");
        assertThat(VmmSupport.notice("firecracker 1.15.1", day))
                .contains("firecracker 1.15.1 is not maintained upstream since 2026-09-09");
        assertThat(VmmSupport.notice("firecracker 1.17.0", day)).isPresent();
        assertThat(VmmSupport.notice("firecracker 1.2.0", day)).isPresent();
        assertThat(VmmSupport.notice("firecracker of our own", day)).isPresent();
    }
}
