package dev.mvm.hostd.registry;

/// Which process a VM is, in a way that no later process can be mistaken for it.
///
/// @param pid as hostd sees it
/// @param startTime clock ticks after boot, field 22 of proc_pid_stat(5)
/// @param bootId the boot that both belong to: after another, they mean nothing
/// @param cgroup relative to the cgroup mount, or `-` without one
public record VmIdentity(int pid, long startTime, String bootId, String cgroup) {
    public VmIdentity {
        if (pid < 1 || startTime < 0 || bootId.isEmpty() || cgroup.isEmpty()) {
            throw new IllegalArgumentException("not a process");
        }
    }
}
