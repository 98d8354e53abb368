package dev.mvm.hostd.snapshot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Facts of a host on which a VM's state depends, besides its VMM.
///
/// @param cpu the processor's model and microcode, as the kernel has them
/// @param kernel its release
record HostFacts(String cpu, String kernel) {
    /// Reads the facts of this host.
    static HostFacts read() throws IOException {
        var cpu = new StringBuilder();
        for (var line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
            if (line.isEmpty()) {
                break; // the next processor is of the same kind
            }
            if (line.startsWith("model name") || line.startsWith("microcode")) {
                cpu.append(cpu.isEmpty() ? "" : ", ").append(line.replaceFirst(".*: ", ""));
            }
        }
        var kernel = Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
        return new HostFacts(cpu.toString(), kernel);
    }
}
