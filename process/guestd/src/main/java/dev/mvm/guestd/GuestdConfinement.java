package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.process.ThisProcess;
import dev.mvm.linux.process.ThreadStatus;
import dev.mvm.linux.seccomp.SyscallFilter;
import java.io.IOException;
import java.util.Objects;

/// Gives up privileges for good, before guestd reads a request.
final class GuestdConfinement {
    private GuestdConfinement() {}

    /// @throws IOException if a privilege could not be given up; guestd must not go on then
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
        try (var in = Objects.requireNonNull(GuestdConfinement.class.getResourceAsStream("syscalls"))) {
            return new String(in.readAllBytes(), US_ASCII);
        }
    }
}
