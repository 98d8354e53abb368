package dev.mvm.hostd.machine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.model.Resources;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// A VM's hard limits in its own cgroup, written before anything runs there and read back, because a limit that is not
/// in force must not be believed in. `Documentation/admin-guide/cgroup-v2.rst` of the kernel.
final class CgroupLimits {
    /// Memory that a VMM needs besides its guest's: itself, its jail's and its sockets' file systems, in bytes.
    private static final long OVERHEAD = 64L << 20;

    /// Threads of a VMM besides one for each virtual processor.
    private static final int THREADS = 32;

    /// The processors' time is given out in periods of this many microseconds.
    private static final int PERIOD = 100_000;

    private static final int VALUE_BYTES = 64;
    private static final int MOST_FILES = 1000;
    private static final String ZSWAP = "memory.zswap.max";

    private CgroupLimits() {}

    /// Limits the cgroup to what `resources` need.
    ///
    /// @param group relative to `cgroups`, where the hierarchy is mounted
    static void write(Path cgroups, String group, Resources resources) throws StepException {
        try (var directory = Directory.open(cgroups.resolve(group.replaceFirst("^/+", "")))) {
            var limits = limits(resources);
            if (directory.names(MOST_FILES).contains(ZSWAP)) { // a kernel that compresses memory in memory
                limits.put(ZSWAP, "0");
            }
            for (var limit : limits.entrySet()) {
                directory.write(limit.getKey(), limit.getValue().getBytes(US_ASCII));
                var found = new String(directory.read(limit.getKey(), VALUE_BYTES), US_ASCII).strip();
                if (!found.equals(limit.getValue())) {
                    throw new StepException("cgroup", limit.getKey() + " is " + found + ", not " + limit.getValue());
                }
            }
        } catch (ErrnoException e) {
            throw new StepException("cgroup", e);
        }
    }

    private static Map<String, String> limits(Resources resources) {
        var out = new LinkedHashMap<String, String>();
        out.put("memory.max", Long.toString(((long) resources.memMib() << 20) + OVERHEAD));
        out.put("memory.swap.max", "0");
        out.put("memory.oom.group", "1");
        out.put("pids.max", Integer.toString(resources.vcpus() + THREADS));
        out.put("cpu.max", (long) resources.vcpus() * PERIOD + " " + PERIOD);
        return out;
    }
}
