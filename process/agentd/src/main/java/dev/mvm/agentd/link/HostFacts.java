package dev.mvm.agentd.link;

import dev.mvm.model.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// What kind of machine this is.
///
/// @param cpus processors that this process may use
/// @param memMib physical memory, 0 if it is not known
public record HostFacts(
        NodeId node, String hostname, String arch, int cpus, long memMib, String kernel, String agentVersion) {
    private static final Pattern MEM_TOTAL = Pattern.compile("(?m)^MemTotal: +([0-9]+) kB$");

    public static HostFacts read(NodeId node) {
        var version = HostFacts.class.getPackage().getImplementationVersion();
        return new HostFacts(
                node,
                text(Path.of("/proc/sys/kernel/hostname")).strip(),
                System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                memory(text(Path.of("/proc/meminfo"))),
                System.getProperty("os.version"),
                version == null ? "source" : version);
    }

    static long memory(String meminfo) {
        var total = MEM_TOTAL.matcher(meminfo);
        return total.find() ? Long.parseLong(total.group(1)) / 1024 : 0;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }
}
