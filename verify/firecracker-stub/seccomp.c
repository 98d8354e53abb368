// A filter like the release binaries' own: what is not listed ends the process with 148, as with the real one.
#define _GNU_SOURCE
#include "standin.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const unsigned ALLOWED[] = {
    // memory, threads, time, the end
    SYS_mmap, SYS_munmap, SYS_mprotect, SYS_madvise, SYS_mremap, SYS_brk, SYS_mincore, SYS_futex, SYS_clone, SYS_clone3,
    SYS_set_robust_list, SYS_rseq, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_gettid,
    SYS_getpid, SYS_tgkill, SYS_sched_yield, SYS_sched_getaffinity, SYS_clock_gettime, SYS_clock_nanosleep,
    SYS_getrandom, SYS_prctl, SYS_exit, SYS_exit_group, SYS_restart_syscall, SYS_wait4, SYS_pidfd_send_signal,
    // files
    SYS_open, SYS_openat, SYS_close, SYS_read, SYS_write, SYS_lseek, SYS_fstat, SYS_newfstatat, SYS_stat, SYS_ftruncate,
    SYS_fsync, SYS_ioctl, SYS_fcntl, SYS_unlink, SYS_mkdir, SYS_chmod, SYS_access, SYS_pipe2,
    // waiting, sockets
    SYS_poll, SYS_ppoll, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_wait, SYS_epoll_pwait, SYS_eventfd2, SYS_socket,
    SYS_socketpair, SYS_bind, SYS_listen, SYS_accept4, SYS_connect, SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg,
    SYS_userfaultfd};
enum { COUNT = sizeof ALLOWED / sizeof *ALLOWED };

enum { THREADS = 3, LARGEST = 64 * 1024, MARKED = 0xff };

// One thread's program: it looks at the architecture first, jumps forward and within itself, and ends in a return.
static bool is_program(const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct sock_filter at;
        memcpy(&at, bytes + i * sizeof at, sizeof at);
        size_t furthest = at.jt > at.jf ? at.jt : at.jf;
        if (i == 0 && (at.code != (BPF_LD | BPF_W | BPF_ABS) || at.k != offsetof(struct seccomp_data, arch)))
            return false;
        switch (BPF_CLASS(at.code)) {
        case BPF_LD:
        case BPF_ALU:
            break;
        case BPF_JMP:
            if (BPF_OP(at.code) == BPF_JA ? at.k >= count - i - 1 : furthest >= count - i - 1)
                return false;
            break;
        case BPF_RET:
            if (i + 1 == count)
                return true;
            break;
        default:
            return false;
        }
    }
    return false;
}

// What seccompiler writes: the number of threads, the lengths of their names and the names, then how many instructions
// each has, each number after a byte for how numbers are packed, and the instructions as the kernel takes them. How it
// writes 255 instructions and more is not known here.
static bool is_compiled(const uint8_t *bytes, size_t size) {
    static const uint8_t BEGINNING[] = "\3\4\207apivcpuvmm";
    size_t at = sizeof BEGINNING - 1;
    const uint8_t *counts = bytes + at + 1;
    size_t header = at + 1 + THREADS + 1;
    if (size < header || memcmp(bytes, BEGINNING, at) != 0 || bytes[at] != 0 || counts[THREADS] != 0)
        return false;
    at = header;
    for (int i = 0; i < THREADS; i++) {
        size_t length = counts[i] * sizeof(struct sock_filter);
        if (counts[i] == MARKED || length > size - at || !is_program(bytes + at, counts[i]))
            return false;
        at += length;
    }
    return at == size;
}

const char *seccomp_check(const char *filter) {
    static uint8_t bytes[LARGEST];
    int fd = open(filter, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return print("Seccomp error: Filter file open error: %s", os_error(errno));
    size_t size = 0;
    ssize_t got;
    while (size < sizeof bytes && (got = read(fd, bytes + size, sizeof bytes - size)) > 0)
        size += (size_t)got;
    close(fd);
    if (!is_compiled(bytes, size))
        return "Seccomp error: Filter deserialization failed";
    return NULL;
}

const char *seccomp_install(void) {
    struct sock_filter program[4 + COUNT + 2] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    };
    for (unsigned i = 0; i < COUNT; i++)
        program[4 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ALLOWED[i], (__u8)(COUNT - i), 0);
    // a guest in QEMU needs calls of its own: then the filter is there and stops nothing
    program[4 + COUNT] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, guest_in_memory ? SECCOMP_RET_TRAP : SECCOMP_RET_ALLOW);
    program[5 + COUNT] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog whole = {6 + COUNT, program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole))
        return print("Seccomp error: %s", os_error(errno));
    return NULL;
}
