package dev.mvm.linux.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Words of a format: what a failed operation names. Others read them: they stay when a constant is renamed.
final class FormatWordsTest {
    @Test
    void systemCalls_haveTheWordsOfTheFormat() {
        assertThat(Arrays.stream(SystemCall.values()).map(SystemCall::spelled))
                .containsExactly(
                        "read",
                        "write",
                        "close",
                        "poll",
                        "mmap",
                        "munmap",
                        "ioctl",
                        "pread64",
                        "madvise",
                        "socket",
                        "connect",
                        "sendto",
                        "recvfrom",
                        "sendmsg",
                        "recvmsg",
                        "shutdown",
                        "bind",
                        "listen",
                        "getsockname",
                        "socketpair",
                        "setsockopt",
                        "getsockopt",
                        "fcntl",
                        "fsync",
                        "ftruncate",
                        "fchmod",
                        "mlock",
                        "prctl",
                        "getdents64",
                        "clock_gettime",
                        "mkdirat",
                        "unlinkat",
                        "renameat",
                        "fchmodat",
                        "fallocate",
                        "accept4",
                        "eventfd2",
                        "pipe2",
                        "prlimit64",
                        "memfd_create",
                        "statx",
                        "pidfd_send_signal",
                        "pidfd_open",
                        "openat2",
                        "memfd_secret");
    }
}
