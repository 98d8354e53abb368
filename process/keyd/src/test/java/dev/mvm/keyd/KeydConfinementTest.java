package dev.mvm.keyd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.linux.call.RawCall;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.process.ThreadStatus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The rights that keyd gives up before it opens a key, in processes of their own.
final class KeydConfinementTest {
    /// Arguments are such that without a filter the call succeeds, or fails in another way.
    private record Call(String name, int number, long first, long second, long third) {}

    // asm/unistd_64.h
    private static final List<Call> FORBIDDEN = List.of(
            new Call("execve", 59, 0, 0, 0),
            new Call("execveat", 322, -1, 0, 0),
            new Call("fork", 57, 0, 0, 0),
            new Call("vfork", 58, 0, 0, 0),
            new Call("clone of a process", 56, 17, 0, 0),
            new Call("kill", 62, 999_999, 0, 0),
            new Call("ptrace", 101, 0, 0, 0),
            new Call("process_vm_readv", 310, 1, 0, 0),
            new Call("unshare", 272, 0x40000000L, 0, 0),
            new Call("setns", 308, -1, 0, 0),
            new Call("mount", 165, 0, 0, 0),
            new Call("socket AF_PACKET", 41, 17, 3, 0),
            new Call("socket AF_VSOCK", 41, 40, 1, 0),
            new Call("socketpair", 53, 1, 1, 0),
            new Call("symlink", 88, 0, 0, 0),
            new Call("link", 86, 0, 0, 0),
            new Call("chmod", 90, 0, 0, 0),
            new Call("ioctl TIOCSTI", 16, -1, 0x5412, 0),
            new Call("bpf", 321, 0, 0, 0),
            new Call("io_uring_setup", 425, 1, 0, 0),
            new Call("seccomp", 317, 2, 0, 0),
            new Call("keyctl", 250, 0, 0, 0));

    private static final List<Call> NETWORK =
            List.of(new Call("socket AF_INET", 41, 2, 1, 0), new Call("socket AF_INET6", 41, 10, 1, 0));

    static final class Attempts {
        private Attempts() {}

        public static void main(String[] args) throws Exception {
            boolean network = args.length > 0;
            KeydConfinement.enter(network);
            var allowed = new ArrayList<String>();
            var calls = new ArrayList<>(FORBIDDEN);
            calls.addAll(NETWORK);
            for (var call : calls) {
                if (call.name().startsWith("ioctl") && network) {
                    continue; // the JDK's sockets need it
                }
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

    private static String run(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Attempts.class.getName()));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        process.waitFor();
        return output;
    }

    @Test
    void afterwards_nothingElseCanBeCalled() throws Exception {
        assertThat(run()).isEqualTo("allowed: []\nevery thread filtered: true\n");
    }

    @Test
    void keyBehindTheNetwork_allowsTheInternetAndNoMore() throws Exception {
        assertThat(run("network"))
                .isEqualTo("allowed: [socket AF_INET, socket AF_INET6]\nevery thread filtered: true\n");
    }
}
