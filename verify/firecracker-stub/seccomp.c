// A filter like the release binaries' own: what is not listed ends the process with 148, as with the real one.
#define _GNU_SOURCE
#include "standin.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
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

const char *seccomp_install(const char *filter) {
    struct sock_filter program[4 + COUNT + 2] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    };
    int fd = filter ? open(filter, O_RDONLY | O_CLOEXEC) : -1;
    if (filter && fd < 0)
        return print("Seccomp error: Filter file open error: %s", os_error(errno));
    if (fd >= 0)
        close(fd);
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
