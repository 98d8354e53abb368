package dev.mvm.hostd;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class MountsTest {
    private static final String AS_INSTALLED = """
            310 284 0:41 / / ro,nosuid,nodev,noexec,relatime shared:150 master:1 - tmpfs tmpfs ro,mode=755
            311 310 0:22 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw,hidepid=invisible
            312 311 0:22 /sys /proc/sys ro,nosuid,nodev,noexec,relatime - proc proc rw
            313 310 0:21 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs rw
            314 310 0:5 / /dev rw,nosuid,noexec - devtmpfs udev rw
            315 310 254:1 /var/lib/mvm-hostd /var/lib/mvm-hostd rw,relatime - ext4 /dev/vda1 rw
            """;

    @Test
    @Tag("claim-H9")
    void mountThatTheUnitDoesNotMake_isSeen() throws Exception {
        assertThat(SelfCheck.strange(AS_INSTALLED)).isEmpty();
        var more = """
                316 310 0:23 /dbus /run/dbus ro,nosuid,nodev - tmpfs tmpfs rw
                317 310 0:5 / /device rw - devtmpfs udev rw
                318 310 254:1 / /var/lib/mvm-hostd/rest rw - ext4 /dev/vda1 rw
                """;
        assertThat(SelfCheck.strange(AS_INSTALLED + more))
                .containsExactly("/run/dbus", "/device", "/var/lib/mvm-hostd/rest");
    }
}
