package dev.mvm.hostd;

import dev.mvm.linux.process.ThisProcess;
import dev.mvm.linux.seccomp.SyscallFilter;
import java.io.IOException;
import java.util.Set;

/// What hostd gives up for good before it answers anyone.
final class Confinement {
    /// Calls that hostd never makes, each with the reason why it would want to if it were not itself any more.
    private static final Set<String> NEVER = Set.of(
            "execve", // start a program
            "execveat", // the same
            "fork", // a process that is not under observation
            "vfork", // the same
            "ptrace", // read another process
            "process_vm_readv", // the same
            "process_vm_writev", // write another process
            "mount", // uncover what the service manager has hidden
            "umount2", // the same
            "move_mount", // attaching is the launcher's work
            "open_tree", // the same
            "mount_setattr", // lift read-only
            "pivot_root", // another root
            "chroot", // the same
            "bpf", // programs in the kernel
            "perf_event_open", // look into other processes
            "kexec_load", // another kernel
            "kexec_file_load", // the same
            "init_module", // code in the kernel
            "finit_module", // the same
            "delete_module", // remove what protects
            "reboot", // end the node
            "swapon", // memory on a disk
            "swapoff", // exhaust memory
            "settimeofday", // the past, in which signatures had not expired
            "clock_settime", // the same
            "adjtimex", // the same
            "io_uring_setup", // system calls past this filter
            "userfaultfd", // stretch races
            "keyctl", // other processes' keys
            "add_key", // the same
            "request_key", // starts a program, through the kernel
            "open_by_handle_at", // files by number, past every directory
            "acct", // a file that the kernel writes
            "personality"); // other rules for memory

    private Confinement() {}

    /// @throws IOException if something could not be given up; hostd must not go on then
    static void enter() throws IOException {
        ThisProcess.forbidDumps();
        ThisProcess.forbidCoreFiles();
        SyscallFilter.denying(NEVER).install();
    }
}
