package dev.mvm.protocol.snapshot;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;

/// Machine on which a snapshot was made, as its maker saw it. The reader decides whether it may be loaded elsewhere:
/// everything here is authentic once the snapshot is open.
///
/// @param vmm the VMM's name
/// @param vmmVersion its version
/// @param format version of its snapshot format
/// @param cpu identity of the processor: model, microcode, template
/// @param kernel release of the host's kernel
/// @param vcpus 1 to 1024
/// @param memoryBytes of the guest, whole pages up to 4 TiB
public record Machine(
        String vmm, String vmmVersion, String format, String cpu, String kernel, int vcpus, long memoryBytes) {
    /// Bytes of a page; there are no others in this version.
    public static final int PAGE = 4096;

    private static final long MAX_MEMORY = 1L << 42;
    private static final int MAX_VCPUS = 1024;
    private static final int MAX_TEXT = 200;

    public Machine {
        for (var text : new String[] {vmm, vmmVersion, format, cpu, kernel}) {
            if (text.isEmpty() || text.length() > MAX_TEXT || !text.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
                throw new IllegalArgumentException("want 1 to " + MAX_TEXT + " characters of printable ASCII");
            }
        }
        if (vcpus < 1 || vcpus > MAX_VCPUS) {
            throw new IllegalArgumentException(vcpus + " vcpus");
        }
        if (memoryBytes < PAGE || memoryBytes > MAX_MEMORY || memoryBytes % PAGE != 0) {
            throw new IllegalArgumentException(memoryBytes + " bytes of memory");
        }
    }

    /// Returns the number of the guest's pages.
    public int pages() {
        return (int) (memoryBytes / PAGE);
    }

    String lines() {
        var numbers = vcpus + "\n" + memoryBytes + "\n" + PAGE + "\n";
        return String.join("\n", vmm, vmmVersion, format, cpu, kernel, numbers);
    }

    static Machine read(JsonFields fields) throws JsonException {
        fields.integer("page_bytes", PAGE, PAGE);
        return new Machine(
                fields.string("vmm"),
                fields.string("vmm_version"),
                fields.string("format"),
                fields.string("cpu"),
                fields.string("kernel"),
                fields.intBetween("vcpus", 1, MAX_VCPUS),
                fields.integer("memory_bytes", PAGE, MAX_MEMORY));
    }

    Json json() {
        return Json.object()
                .put("vmm", vmm)
                .put("vmm_version", vmmVersion)
                .put("format", format)
                .put("cpu", cpu)
                .put("kernel", kernel)
                .put("vcpus", vcpus)
                .put("memory_bytes", memoryBytes)
                .put("page_bytes", PAGE)
                .end();
    }
}
