package dev.mvm.sealer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.process.ThisProcess;
import dev.mvm.linux.process.ThreadStatus;
import dev.mvm.linux.seccomp.SyscallFilter;
import java.io.IOException;
import java.util.Objects;

/// Gives up privileges for good, before the sealer reads its request.
final class SealerConfinement {
    private SealerConfinement() {}

    /// @throws IOException if a privilege could not be given up; the sealer must not go on then
    static void enter() throws IOException {
        for (var thread : ThreadStatus.all()) {
            if ((thread.effective() | thread.permitted() | thread.inheritable() | thread.ambient()) != 0) {
                throw new IOException("was started with capabilities, and needs none");
            }
        }
        ThisProcess.forbidDumps();
        ThisProcess.forbidCoreFiles();
        SyscallFilter.allowing(list()).install();
    }

    static String list() throws IOException {
        try (var in = Objects.requireNonNull(SealerConfinement.class.getResourceAsStream("syscalls"))) {
            return new String(in.readAllBytes(), US_ASCII);
        }
    }
}
