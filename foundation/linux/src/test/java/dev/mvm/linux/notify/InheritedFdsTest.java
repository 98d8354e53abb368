package dev.mvm.linux.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.linux.call.SystemCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenDescriptors;
import dev.mvm.linux.notify.InheritedFds.Named;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class InheritedFdsTest {
    private static final int FIRST = 600;
    private static final int F_DUPFD = 0; // without close-on-exec, as they come from an exec
    private static final long SELF = 4711;

    private static Map<String, String> environment(String pid, String count, String names) {
        var out = new HashMap<String, String>();
        out.put("LISTEN_PID", pid);
        out.put("LISTEN_FDS", count);
        out.put("LISTEN_FDNAMES", names);
        return out;
    }

    @Test
    void announcedDescriptors_areOwnedByName() throws Exception {
        var before = OpenDescriptors.now();
        try (var zero = Fd.open(Path.of("/dev/zero"))) {
            for (int i = 0; i < 3; i++) {
                assertThat(SystemCall.FCNTL.call(zero.number(), F_DUPFD, FIRST)).isEqualTo(FIRST + i);
            }
            var named = InheritedFds.take(environment("4711", "3", "hostd:io-i-1:io-i-1"), SELF, FIRST);
            assertThat(named)
                    .extracting(Named::name)
                    .extracting(FdName::value)
                    .containsExactly("hostd", "io-i-1", "io-i-1");
            for (int i = 0; i < 3; i++) {
                assertThat(named.get(i).fd().number()).isEqualTo(FIRST + i);
                assertThat(Files.readString(Path.of("/proc/self/fdinfo/" + (FIRST + i))))
                        .containsPattern("flags:\\s+0?2\\d{6}\\b"); // O_CLOEXEC, octal 2000000
            }
            named.forEach(Named::close);
        }
        assertThat(OpenDescriptors.now()).isEqualTo(before);
    }

    /// One variable of an environment has room for 128 KiB, MAX_ARG_STRLEN of linux/binfmts.h.
    @Test
    void twoForEachOf4096Machines_fitIntoTheEnvironment_andAreTaken() throws Exception {
        var names = new ArrayList<>(List.of("listen"));
        for (int i = 0; i < 4096; i++) {
            names.add(String.format(Locale.ROOT, "io-i-%08x", i));
            names.add(String.format(Locale.ROOT, "snap-i-%08x", i));
        }
        var environment = environment("4711", Integer.toString(names.size()), String.join(":", names));
        assertThat("LISTEN_FDNAMES=".length()
                        + environment.get("LISTEN_FDNAMES").length())
                .isLessThan(128 << 10);
        try (var zero = Fd.open(Path.of("/dev/zero"))) {
            int at = FIRST;
            for (int i = 0; i < names.size(); i++) {
                at = (int) SystemCall.FCNTL.call(zero.number(), F_DUPFD, at);
            }
            assertThat(at).isEqualTo(FIRST + names.size() - 1);
            var named = InheritedFds.take(environment, SELF, FIRST);
            assertThat(named).extracting(each -> each.name().value()).isEqualTo(names);
            named.forEach(Named::close);
        }
    }

    @Test
    void nothingForUs_isNothing() throws Exception {
        assertThat(InheritedFds.take(Map.of(), SELF, FIRST)).isEmpty();
        assertThat(InheritedFds.take(environment("4712", "3", "a:b:c"), SELF, FIRST))
                .isEmpty();
    }

    @Test
    void contradictions_areMalformed() {
        for (var wrong : new String[][] {
            {"4711", "2", "a"},
            {"4711", "1", "a:b"},
            {"4711", "1", ""},
            {"4711", "x", "a"},
            {"4711", "-1", "a"},
            {"4711", "99999", "a"},
            {"", "1", "a"},
            {"4711", "1", "a b"}
        }) {
            assertErrno(Errno.EBADMSG, environment(wrong[0], wrong[1], wrong[2]));
        }
    }

    @Test
    void descriptorThatIsNotOpen_isAnError() {
        assertErrno(Errno.EBADF, environment("4711", "1", "a"));
    }

    @Test
    void takenTwice_isABug() throws Exception {
        assertThat(InheritedFds.take(Map.of())).isEmpty();
        assertThatThrownBy(() -> InheritedFds.take(Map.of())).isInstanceOf(IllegalStateException.class);
    }

    private static void assertErrno(int errno, Map<String, String> environment) {
        assertThatThrownBy(() -> InheritedFds.take(environment, SELF, FIRST))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
