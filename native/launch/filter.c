// The launcher's own system call filter, over that of its unit. The VMM inherits it. It closes what the unit has to
// allow to the launcher, or allows in groups: sockets of other families, io_uring, whose operations no filter sees, and
// links, which hostd could follow. It is in force before `ready`, so that hostd does not take it for the VMM's own.
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define SKIP_IF(test, value, yes, no) BPF_JUMP(BPF_JMP | BPF_##test | BPF_K, value, yes, no)
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define DENY(call) SKIP_IF(JEQ, call, 0, 1), REFUSE
#define X32_CALLS 0x40000000u // asm/unistd.h: calls from here on are of x32

void filter_install(void) {
    struct sock_filter program[] = {
        LOAD(arch),
        SKIP_IF(JEQ, AUDIT_ARCH_X86_64, 1, 0),
        REFUSE,
        LOAD(nr),
        SKIP_IF(JGE, X32_CALLS, 0, 1),
        REFUSE,
        DENY(SYS_io_uring_setup),
        DENY(SYS_io_uring_enter),
        DENY(SYS_io_uring_register),
        DENY(SYS_symlink),
        DENY(SYS_symlinkat),
        DENY(SYS_link),
        DENY(SYS_linkat),
        SKIP_IF(JEQ, SYS_socket, 1, 0),
        SKIP_IF(JEQ, SYS_socketpair, 0, 3),
        LOAD(args[0]), // the low half, all that the kernel reads of an int
        SKIP_IF(JEQ, AF_UNIX, 1, 0),
        REFUSE,
        ALLOW,
    };
    struct sock_fprog whole = {sizeof program / sizeof *program, program};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole))
        refuse(IDENTITY, errno, "filter");
}
