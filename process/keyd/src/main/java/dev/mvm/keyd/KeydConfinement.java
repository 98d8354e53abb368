package dev.mvm.keyd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.process.ThisProcess;
import dev.mvm.linux.seccomp.SyscallFilter;
import java.io.IOException;
import java.util.Objects;

/// Rights that keyd gives up for good before it opens a key: it executes nothing, and it has no network but where a
/// key lives behind Vault or OpenBao.
final class KeydConfinement {
    private KeydConfinement() {}

    /// @param network whether a key is behind the network
    /// @throws IOException if something could not be given up; keyd must not go on then
    static void enter(boolean network) throws IOException {
        ThisProcess.forbidDumps();
        ThisProcess.forbidCoreFiles();
        SyscallFilter.allowing(list(network)).install();
    }

    /// The system calls that remain.
    static String list(boolean network) throws IOException {
        try (var in = Objects.requireNonNull(KeydConfinement.class.getResourceAsStream("syscalls"))) {
            var all = new String(in.readAllBytes(), US_ASCII);
            return all.replaceAll(network ? "(?m)^network " : "(?m)^network .*$", "");
        }
    }
}
