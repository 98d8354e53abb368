package dev.mvm.netd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.call.RawCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.process.ThreadStatus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The rights that netd gives up before it reads a request, in processes of their own.
final class NetdConfinementTest {
    /// As the service manager starts it, in a network of its own.
    private static final List<String> STARTED = List.of(
            "unshare", "--net", "setpriv", "--bounding-set=-all,+net_admin", "--inh-caps=-all", "--no-new-privs");

    /// Arguments are such that without a filter the call succeeds, or fails in another way.
    private record Call(String name, int number, long first, long second, long third) {}

    // asm/unistd_64.h
    private static final List<Call> FORBIDDEN = List.of(
            new Call("execve", 59, 0, 0, 0),
            new Call("execveat", 322, -1, 0, 0),
            new Call("fork", 57, 0, 0, 0),
            new Call("clone of a process", 56, 17, 0, 0),
            new Call("clone of a thread in a network namespace", 56, 0x403d0f00L, 0, 0),
            new Call("kill", 62, 999_999, 0, 0),
            new Call("ptrace", 101, 0, 0, 0),
            new Call("unshare", 272, 0x40000000L, 0, 0),
            new Call("setns", 308, -1, 0, 0),
            new Call("mount", 165, 0, 0, 0),
            new Call("socket AF_UNIX", 41, 1, 1, 0),
            new Call("socket AF_INET", 41, 2, 1, 0),
            new Call("socket AF_INET6", 41, 10, 1, 0),
            new Call("socket AF_PACKET", 41, 17, 3, 0),
            new Call("socket AF_VSOCK", 41, 40, 1, 0),
            new Call("socketpair", 53, 1, 1, 0),
            new Call("connect", 42, -1, 0, 0),
            new Call("listen", 50, -1, 0, 0),
            new Call("accept4", 288, -1, 0, 0),
            new Call("openat of a new file", 257, -100, 0, 0x40),
            new Call("unlink", 87, 0, 0, 0),
            new Call("rename", 82, 0, 0, 0),
            new Call("mkdir", 83, 0, 0, 0),
            new Call("symlink", 88, 0, 0, 0),
            new Call("ftruncate", 77, -1, 0, 0),
            new Call("chmod", 90, 0, 0, 0),
            new Call("ioctl TIOCSTI", 16, -1, 0x5412, 0),
            new Call("ioctl SIOCSIFFLAGS", 16, -1, 0x8914, 0),
            new Call("bpf", 321, 0, 0, 0),
            new Call("io_uring_setup", 425, 1, 0, 0),
            new Call("seccomp", 317, 2, 0, 0),
            new Call("keyctl", 250, 0, 0, 0));

    /// Does all that netd does for hostd, but for what needs a microVM.
    static final class Confined {
        private Confined() {}

        public static void main(String[] args) throws Exception {
            NetdConfinement.enter();
            try (var node = new TwoTenants()) {
                var findings = node.networks.verify(true);
                System.out.println("found: " + (findings.size() > 20));
                System.out.println("wrong: "
                        + findings.stream()
                                .filter(finding -> !finding.holds())
                                .map(Finding::toString)
                                .toList());
                node.networks.stateChanged(node.with(TwoTenants.B));
                node.networks.disconnect(node.all(), TwoTenants.A3);
                System.out.println("up: " + node.networks.up());
                System.out.println("counted: " + node.networks.traffic() + node.networks.asked());
            }
        }
    }

    static final class Attempts {
        private Attempts() {}

        public static void main(String[] args) throws Exception {
            NetdConfinement.enter();
            var allowed = new ArrayList<String>();
            for (var call : FORBIDDEN) {
                if (RawCall.of(call.number(), call.first(), call.second(), call.third(), 0, 0) != -Errno.EPERM) {
                    allowed.add(call.name());
                }
            }
            System.out.println("allowed: " + allowed);
            System.out.println("every thread filtered: "
                    + ThreadStatus.all().stream()
                            .allMatch(thread -> thread.seccomp() == 2 && thread.noNewPrivileges()));
        }
    }

    private static String run(List<String> before, Class<?> main) throws Exception {
        var command = new ArrayList<>(before);
        command.addAll(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        process.waitFor();
        return output;
    }

    @Test
    @Tag("claim-P7")
    void confinedProcess_doesWhatNetdDoes() throws Exception {
        assertThat(run(STARTED, Confined.class)).isEqualTo("""
                found: true
                wrong: []
                up: [1]
                counted: {}{}
                """);
    }

    @Test
    @Tag("claim-P7")
    void afterwards_nothingElseCanBeCalled() throws Exception {
        assertThat(run(STARTED, Attempts.class)).isEqualTo("allowed: []\nevery thread filtered: true\n");
    }

    @Test
    @Tag("claim-P7")
    void processWithMoreCapabilities_doesNotServe() throws Exception {
        var more = List.of("setpriv", "--bounding-set=-all,+net_admin,+net_raw", "--no-new-privs");
        assertThat(run(more, Attempts.class)).contains("was started with other capabilities than NET_ADMIN alone");
        var none = List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs");
        assertThat(run(none, Attempts.class)).contains("was started with other capabilities than NET_ADMIN alone");
    }
}
