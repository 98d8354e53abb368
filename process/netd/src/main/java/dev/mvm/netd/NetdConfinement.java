package dev.mvm.netd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.process.ThisProcess;
import dev.mvm.linux.process.ThreadStatus;
import dev.mvm.linux.seccomp.SyscallFilter;
import java.io.IOException;
import java.util.Objects;

/// Gives up privileges for good, before netd reads a request.
final class NetdConfinement {
    private static final long NET_ADMIN = 1L << 12; // linux/capability.h

    private NetdConfinement() {}

    /// @throws IOException if a privilege could not be given up, or the one that is needed is missing; netd must not
    ///     go on then
    static void enter() throws IOException {
        for (var thread : ThreadStatus.all()) {
            long most = thread.permitted() | thread.bounding() | thread.inheritable() | thread.ambient();
            if (thread.effective() != NET_ADMIN || most != NET_ADMIN) {
                throw new IOException("was started with other capabilities than NET_ADMIN alone");
            }
        }
        ThisProcess.forbidDumps();
        ThisProcess.forbidCoreFiles();
        SyscallFilter.allowing(list()).install();
    }

    static String list() throws IOException {
        try (var in = Objects.requireNonNull(NetdConfinement.class.getResourceAsStream("syscalls"))) {
            return new String(in.readAllBytes(), US_ASCII);
        }
    }
}
