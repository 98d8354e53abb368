package dev.mvm.hostd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.process.ThisProcess;
import dev.mvm.linux.seccomp.SyscallFilter;
import java.io.IOException;
import java.util.Objects;

/// Rights that hostd gives up for good before it does anything else.
final class HostdConfinement {
    private HostdConfinement() {}

    /// @param hardened without what only dev mode needs
    /// @throws IOException if something could not be given up; hostd must not go on then
    static void enter(boolean hardened) throws IOException {
        ThisProcess.forbidDumps();
        ThisProcess.forbidCoreFiles();
        SyscallFilter.allowing(resource("syscalls").replaceAll(hardened ? "(?m)^dev .*$" : "(?m)^dev ", ""))
                .install();
    }

    /// A table that is part of this program.
    static String resource(String name) throws IOException {
        try (var in = Objects.requireNonNull(HostdConfinement.class.getResourceAsStream(name))) {
            return new String(in.readAllBytes(), US_ASCII);
        }
    }
}
