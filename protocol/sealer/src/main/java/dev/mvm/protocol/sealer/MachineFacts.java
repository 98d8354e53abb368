package dev.mvm.protocol.sealer;

import java.util.List;

/// What a guest runs on, as its snapshot remembers it. It opens where each of these is the same, and nowhere else.
///
/// @param vmm the VMM's name; this and the next four: 1 to 200 characters of printable ASCII
/// @param vmmVersion its version
/// @param format version of its snapshot format
/// @param cpu identity of the processor: model, microcode, template
/// @param kernel release of the host's kernel
/// @param vcpus 1 to 1024
/// @param memoryBytes of the guest, whole pages of 4096 bytes, up to 4 TiB
public record MachineFacts(
        String vmm, String vmmVersion, String format, String cpu, String kernel, int vcpus, long memoryBytes) {
    /// @throws IllegalArgumentException for a text that would not be one line; numbers are the sealer's to check
    public MachineFacts {
        for (var text : List.of(vmm, vmmVersion, format, cpu, kernel)) {
            if (!text.matches("[ -~]{1,200}")) {
                throw new IllegalArgumentException("want 1 to 200 characters of printable ASCII");
            }
        }
    }
}
