package dev.mvm.protocol.sealer;

import java.util.List;

/// The machine under a guest, as its snapshot records it. A snapshot opens only where each of these is the same.
///
/// @param vmm the VMM's name; this and the next four: 1 to 200 characters of printable ASCII
/// @param vmmVersion the VMM's version
/// @param format version of the VMM's snapshot format
/// @param cpu identity of the processor: model, microcode, template
/// @param kernel release of the host's kernel
/// @param vcpus 1 to 1024
/// @param memoryBytes of the guest, whole pages of 4096 bytes, up to 4 TiB
public record MachineFacts(
        String vmm, String vmmVersion, String format, String cpu, String kernel, int vcpus, long memoryBytes) {
    /// @throws IllegalArgumentException for a text that is not one line; the sealer checks the numbers
    public MachineFacts {
        for (var text : List.of(vmm, vmmVersion, format, cpu, kernel)) {
            if (!text.matches("[ -~]{1,200}")) {
                throw new IllegalArgumentException("want 1 to 200 characters of printable ASCII");
            }
        }
    }
}
