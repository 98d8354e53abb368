package dev.mvm.agentd.link;

import dev.mvm.model.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// Facts about this machine.
///
/// @param cpus processors that this process may use
/// @param memMib physical memory, 0 if unknown
public record NodeFacts(
        NodeId node, String hostname, String arch, int cpus, long memMib, String kernel, String agentVersion) {
    private static final Pattern MEM_TOTAL = Pattern.compile("(?m)^(?:Node [0-9]+ )?MemTotal: +([0-9]+) kB$");
    private static final Path NODES = Path.of("/sys/devices/system/node");

    /// Reads the facts from the kernel. A hardened node has only the processes in `/proc` (ProcSubset=pid), and
    /// other files are read.
    public static NodeFacts read(NodeId node) {
        var version = NodeFacts.class.getPackage().getImplementationVersion();
        var meminfo = text(Path.of("/proc/meminfo"));
        var hostname = text(Path.of("/proc/sys/kernel/hostname"));
        return new NodeFacts(
                node,
                (hostname.isEmpty() ? text(Path.of("/etc/hostname")) : hostname).strip(),
                System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                memory(meminfo.isEmpty() ? nodes(NODES) : meminfo),
                System.getProperty("os.version"),
                version == null ? "source" : version);
    }

    /// Sum of all lines, in MiB.
    static long memory(String meminfo) {
        return MEM_TOTAL
                        .matcher(meminfo)
                        .results()
                        .mapToLong(line -> Long.parseLong(line.group(1)))
                        .sum()
                / 1024;
    }

    /// The files `meminfo` of all NUMA nodes, one after another.
    static String nodes(Path directory) {
        var out = new StringBuilder();
        try (var nodes = Files.newDirectoryStream(directory, "node[0-9]*")) {
            nodes.forEach(node -> out.append(text(node.resolve("meminfo"))));
        } catch (IOException e) {
            return "";
        }
        return out.toString();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }
}
