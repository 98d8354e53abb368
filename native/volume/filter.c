// The system calls of a process that serves: a list of its own, in which calls to devices are named one by one. Any
// other call ends the process: seccomp(2).
#define _GNU_SOURCE
#include "volume.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define DATA(field) (uint32_t) offsetof(struct seccomp_data, field)
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, DATA(field))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, skip)
#define END(action) BPF_STMT(BPF_RET | BPF_K, action)
#define ALLOW(call) UNLESS(__NR_##call, 1), END(SECCOMP_RET_ALLOW)
#define ALLOW_VALUE(value) UNLESS(value, 1), END(SECCOMP_RET_ALLOW)

bool filter_install(void) {
    struct sock_filter code[] = {
        LOAD(arch), UNLESS(AUDIT_ARCH_X86_64, 1), BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), END(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr), ALLOW(recvmsg), ALLOW(sendmsg), ALLOW(recvfrom), ALLOW(sendto), ALLOW(shutdown), ALLOW(poll),
        ALLOW(openat), ALLOW(close), ALLOW(fstat), ALLOW(newfstatat), ALLOW(fstatfs), ALLOW(pread64), ALLOW(write),
        ALLOW(fsync), ALLOW(ftruncate), ALLOW(memfd_secret), ALLOW(clock_nanosleep), ALLOW(restart_syscall),
        ALLOW(exit_group),
        // reading a descriptor's flags
        UNLESS(__NR_fcntl, 4), LOAD(args[1]), ALLOW_VALUE(F_GETFL), END(SECCOMP_RET_KILL_PROCESS),
        // memory that is not for execution
        UNLESS(__NR_mmap, 4), LOAD(args[2]), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
        END(SECCOMP_RET_ALLOW), END(SECCOMP_RET_KILL_PROCESS),
        // the calls that make, remove and fill devices
        UNLESS(__NR_ioctl, 19), LOAD(args[1]), ALLOW_VALUE(LOOP_CTL_GET_FREE), ALLOW_VALUE(LOOP_CONFIGURE),
        ALLOW_VALUE(DM_DEV_CREATE), ALLOW_VALUE(DM_DEV_REMOVE), ALLOW_VALUE(DM_DEV_SUSPEND), ALLOW_VALUE(DM_TABLE_LOAD),
        ALLOW_VALUE(DM_TABLE_CLEAR), ALLOW_VALUE(DM_LIST_DEVICES), ALLOW_VALUE(BLKZEROOUT),
        END(SECCOMP_RET_KILL_PROCESS)};
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}
