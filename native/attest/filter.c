// The system calls of a process that has its connection and its TPM: to read, to write, to end. Any other call ends the
// process: seccomp(2).
#define _GNU_SOURCE
#include "attest.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, skip)
#define END(action) BPF_STMT(BPF_RET | BPF_K, action)
#define ALLOW(call) UNLESS(__NR_##call, 1), END(SECCOMP_RET_ALLOW)

bool filter_install(void) {
    struct sock_filter code[] = {
        LOAD(arch), UNLESS(AUDIT_ARCH_X86_64, 1), BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), END(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr), ALLOW(read), ALLOW(write), ALLOW(restart_syscall), ALLOW(exit_group), END(SECCOMP_RET_KILL_PROCESS)};
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}
