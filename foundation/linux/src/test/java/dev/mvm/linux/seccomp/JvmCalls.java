package dev.mvm.linux.seccomp;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// System calls that a running JVM needs: memory, threads, time, files.
public final class JvmCalls {
    private static final String[] NAMES = """
            brk mmap munmap mprotect madvise mremap mincore
            futex clone set_robust_list rseq set_tid_address gettid getpid sched_yield sched_getaffinity membarrier
            rt_sigprocmask rt_sigreturn rt_sigaction sigaltstack tgkill exit exit_group prctl
            clock_gettime clock_nanosleep clock_getres getrusage restart_syscall nanosleep getrandom sysinfo uname getcpu
            times
            read write pread64 readv writev close openat openat2 lseek fstat newfstatat statx getdents64 fcntl readlink
            readlinkat access faccessat2 ioctl poll ppoll prlimit64 getcwd ftruncate mlock getuid
            """.strip().split("\\s+");

    private JvmCalls() {}

    /// A list of them with these lines besides, for [SyscallFilter]; a line about one of them takes its place.
    public static String and(String... lines) {
        return Stream.concat(
                        Arrays.stream(NAMES)
                                .filter(name -> Arrays.stream(lines).noneMatch(line -> line.startsWith(name + " "))),
                        Stream.concat(Arrays.stream(lines), Stream.of("clone3 ENOSYS")))
                .map(line -> line + " # a test needs it\n")
                .collect(Collectors.joining());
    }
}
