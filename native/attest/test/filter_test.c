// What the filter leaves to a process: to read and to write what it has, and to end.
#include "../../testlib/tap.h"
#include "../attest.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static int pipes[2];

static void opens(void) { syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY, 0); }
static void connects(void) { syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0); }
static void executes(void) { syscall(SYS_execve, "/bin/true", NULL, NULL); }
static void maps(void) { syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }
static void controls(void) { syscall(SYS_ioctl, pipes[0], FIONREAD, NULL); }
static void signals(void) { syscall(SYS_kill, getppid(), 0); }
static void sends(void) { syscall(SYS_sendmsg, pipes[1], NULL, 0); }
static void works(void) {
    char c = 'x';
    if (write(pipes[1], &c, 1) != 1 || read(pipes[0], &c, 1) != 1)
        _exit(1);
}

static int status_of(void (*what)(void)) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (!filter_install())
            _exit(2);
        what();
        _exit(0);
    }
    waitpid(child, &status, 0);
    return status;
}

int main(void) {
    const struct {
        const char *name;
        void (*what)(void);
    } calls[] = {{"open a file", opens},    {"make a socket", connects}, {"execute", executes}, {"map memory", maps},
                 {"control a device", controls}, {"signal", signals},     {"send", sends}};
    if (pipe(pipes))
        return 1;
    tap(status_of(works) == 0, "it can read and write what it has");
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        int status = status_of(calls[i].what);
        tap(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "trying to %s ends it", calls[i].name);
    }
    return tap_end();
}
