// Behind the filter a process that serves can do what serving needs, and anything else ends it.
#define _GNU_SOURCE
#include "../../testlib/tap.h"
#include "../volume.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void not_filtered(void) {
}
static void make_socket(void) {
    socket(AF_UNIX, SOCK_STREAM, 0);
}
static void execute(void) {
    execl("/bin/true", "true", (char *)NULL);
}
static void clone_one(void) {
    syscall(SYS_fork);
}
static void unshared(void) {
    unshare(CLONE_NEWNS);
}
static void mounted(void) {
    mount("none", "/mnt", "tmpfs", 0, NULL);
}
static void made_node(void) {
    syscall(SYS_mknodat, AT_FDCWD, "/tmp/x", 0600, 0);
}
static void removed(void) {
    syscall(SYS_unlinkat, AT_FDCWD, "/nothing/there", 0);
}
static void renamed(void) {
    syscall(SYS_renameat2, AT_FDCWD, "/nothing/there", AT_FDCWD, "/nothing/here", 0);
}
static void linked(void) {
    syscall(SYS_symlinkat, "/etc/shadow", AT_FDCWD, "/nothing/there");
}
static void signalled(void) {
    kill(1, 0);
}
static void pushed_input(void) {
    ioctl(0, 0x5412 /* TIOCSTI */, "x");
}
static void renamed_device(void) {
    ioctl(0, DM_DEV_RENAME, NULL);
}
static void message_to_target(void) {
    ioctl(0, DM_TARGET_MSG, NULL);
}
static void dropped_loop(void) {
    ioctl(0, LOOP_CLR_FD, 0);
}
static void backing_changed(void) {
    ioctl(0, LOOP_CHANGE_FD, 0);
}
static void discarded(void) {
    ioctl(0, BLKDISCARD, NULL);
}
static void code(void) {
    mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static void changed_to_code(void) {
    mprotect((void *)((unsigned long)&code & ~4095ul), 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
}
static void duplicated(void) {
    fcntl(0, F_DUPFD, 100);
}
static void ring(void) {
    syscall(SYS_io_uring_setup, 1, NULL);
}
static void other_table(void) { // int $0x80 is getpid of i386
    int number = 20;
    __asm__ volatile("int $0x80" : "+a"(number)::"memory");
}
static void serves(void) {
    struct stat s;
    char text[64];
    int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
    void *at = fd < 0 || ftruncate(fd, 4096) ? MAP_FAILED
                                             : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    snprintf(text, sizeof text, "%d", fcntl(fd, F_GETFL));
    if (at == MAP_FAILED || fstat(fd, &s) || lstat("/", &s) || close(fd))
        _exit(1);
    ioctl(0, DM_LIST_DEVICES, NULL);
    ioctl(0, DM_TABLE_LOAD, NULL);
    ioctl(0, LOOP_CTL_GET_FREE);
    ioctl(0, BLKZEROOUT, NULL);
}

// Returns the wait status of a process that does this behind the filter.
static int behind(void (*act)(void)) {
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || (act != not_filtered && !filter_install()))
            _exit(2);
        act();
        syscall(SYS_exit_group, 0);
    }
    waitpid(pid, &status, 0);
    return status;
}

int main(void) {
    static const struct {
        const char *what;
        void (*act)(void);
    } ENDS[] = {{"a socket", make_socket},
                {"another program", execute},
                {"another process", clone_one},
                {"a namespace", unshared},
                {"a mount", mounted},
                {"a device node", made_node},
                {"removing a file", removed},
                {"renaming a file", renamed},
                {"a symbolic link", linked},
                {"a signal", signalled},
                {"input for a terminal", pushed_input},
                {"renaming a device", renamed_device},
                {"a message to a target", message_to_target},
                {"taking a loop device's file", dropped_loop},
                {"another file below a loop device", backing_changed},
                {"discarding", discarded},
                {"memory for code", code},
                {"making memory code", changed_to_code},
                {"another number for a descriptor", duplicated},
                {"io_uring", ring},
                {"the system calls of i386", other_table}};
    tap(behind(not_filtered) == 0, "the test's process ends well by itself");
    tap(behind(serves) == 0, "what serving needs is allowed");
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        int status = behind(ENDS[i].act);
        tap(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "%s ends the process", ENDS[i].what);
    }
    return tap_end();
}
