package dev.mvm.sealer;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.util.ArrayList;
import java.util.List;

/// Confines itself as the sealer does, and prints the system calls that do not fail with EPERM afterwards.
final class ForbiddenCalls {
    private static final int EPERM = 1;

    /// Arguments are such that without a filter the call succeeds, or fails in another way.
    private record Call(String name, long number, long first, long second, long third) {}

    // asm/unistd_64.h
    private static final List<Call> CALLS = List.of(
            new Call("execve", 59, 0, 0, 0),
            new Call("fork", 57, 0, 0, 0),
            new Call("clone of a process", 56, 17, 0, 0),
            new Call("clone of a thread in a network namespace", 56, 0x403d0f00L, 0, 0),
            new Call("socket AF_UNIX", 41, 1, 1, 0),
            new Call("socket AF_INET", 41, 2, 1, 0),
            new Call("socketpair", 53, 1, 1, 0),
            new Call("connect", 42, -1, 0, 0),
            new Call("bind", 49, -1, 0, 0),
            new Call("ioctl UFFDIO_API", 16, -1, 0xc018aa3fL, 0),
            new Call("openat for writing", 257, -100, 0, 1),
            new Call("openat of a new file", 257, -100, 0, 0x40),
            new Call("unlink", 87, 0, 0, 0),
            new Call("rename", 82, 0, 0, 0),
            new Call("mkdir", 83, 0, 0, 0),
            new Call("symlink", 88, 0, 0, 0),
            new Call("chmod", 90, 0, 0, 0),
            new Call("ioctl TIOCSTI", 16, -1, 0x5412, 0),
            new Call("io_uring_setup", 425, 1, 0, 0),
            new Call("io_uring_enter", 426, -1, 0, 0),
            new Call("io_uring_register", 427, -1, 0, 0),
            new Call("io_setup", 206, 1, 0, 0),
            new Call("ptrace", 101, 0, 0, 0),
            new Call("process_vm_readv", 310, 1, 0, 0),
            new Call("pidfd_open", 434, 1, 0, 0),
            new Call("kill", 62, 999_999, 0, 0),
            new Call("tgkill of another process", 234, 999_999, 999_999, 0),
            new Call("userfaultfd", 323, 0, 0, 0),
            new Call("memfd_create", 319, 0, 0, 0),
            new Call("bpf", 321, 0, 0, 0),
            new Call("perf_event_open", 298, 0, 0, 0),
            new Call("keyctl", 250, 0, 0, 0),
            new Call("unshare", 272, 0x40000000, 0, 0),
            new Call("setns", 308, -1, 0, 0),
            new Call("seccomp", 317, 2, 0, 0),
            new Call("prctl to be dumped again", 157, 4, 1, 0));

    private ForbiddenCalls() {}

    @SuppressWarnings("restricted") // to make calls that the sealer has no names for
    public static void main(String[] args) throws Throwable {
        var syscall = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                        Linker.Option.captureCallState("errno"),
                        Linker.Option.firstVariadicArg(1));
        var layout = Linker.Option.captureStateLayout();
        var errno = layout.varHandle(MemoryLayout.PathElement.groupElement("errno"));
        SealerConfinement.enter();
        var allowed = new ArrayList<String>();
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(layout);
            for (var call : CALLS) {
                long result =
                        (long) syscall.invokeExact(state, call.number(), call.first(), call.second(), call.third(), 0L);
                if (result != -1 || (int) errno.get(state, 0L) != EPERM) {
                    allowed.add(call.name());
                }
            }
        }
        System.out.println("allowed: " + allowed);
    }
}
