// The outer process. It holds the lock, makes the namespaces, passes SIGTERM on and ends with the inner process.
//   mvm-devinit run CONFIG     stays in the foreground
//   mvm-devinit start CONFIG   returns when all daemons are ready; otherwise one line says which is not, and why
#include "devinit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

// Drops what the caller has passed on: descriptors above 2, and ignored signals.
static void begin_anew(void) {
    int null;
    while ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) >= 0 && null < 3)
        fcntl(null, F_SETFD, 0); // the caller had closed one of 0 to 2
    close(null);
    for (int s = 1; s < NSIG; s++)
        signal(s, s == SIGPIPE ? SIG_IGN : SIG_DFL); // the caller of `start` may have ended
}

// The process that holds the lock is the fleet's. The lock's file has its pid.
static int take_lock(void) {
    char pid[16] = "";
    int lock = open(fleet.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        die("%s: %s", fleet.lock, strerror(errno));
    for (int tries = 0; flock(lock, LOCK_EX | LOCK_NB); tries++) {
        if (errno != EWOULDBLOCK)
            die("%s: %s", fleet.lock, strerror(errno));
        if (pread(lock, pid, sizeof pid - 1, 0) > 0 || tries == 500)
            die("%s runs already, as process %.*s", fleet.name, (int)strcspn(pid, "\n"), pid);
        usleep(10000); // the holder is starting or ending, and its pid is not in the file
    }
    if (ftruncate(lock, 0) || dprintf(lock, "%d\n", getpid()) < 0)
        die("%s: %s", fleet.lock, strerror(errno));
    return lock;
}

static int open_directory(const char *path, bool parent) {
    char *copy = strdup(path);
    if (parent)
        strrchr(copy, '/')[copy == strrchr(copy, '/')] = 0;
    if (!parent && mkdir(path, 0700) && errno != EEXIST)
        die("%s: %s", path, strerror(errno));
    int directory = open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        die("%s: %s", copy, strerror(errno));
    free(copy);
    return directory;
}

// Goes on in the background, while the caller waits for the report. After a report of failure the caller also waits for
// the end, so that nothing is left when it returns.
static void into_background(void) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        die("pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid < 0)
        die("fork: %s", strerror(errno));
    if (pid > 0) {
        char text[1024];
        size_t length = 0;
        close(ends[1]);
        for (ssize_t n; (n = read(ends[0], text + length, sizeof text - 1 - length)) > 0;)
            length += (size_t)n;
        text[length] = 0;
        if (strcmp(text, "ready\n") == 0)
            exit(0);
        waitpid(pid, NULL, 0);
        die("%s", length ? strtok(text, "\n") : "ended without a report");
    }
    close(ends[0]);
    fleet.report = ends[1];
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (setsid() < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
        die("/dev/null: %s", strerror(errno));
    close(null);
}

static void log_to(const char *name) {
    int log = openat(fleet.log_directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0 || dup2(log, 2) < 0)
        die("%s/%s: %s", fleet.log, name, strerror(errno));
    close(log);
}

// Blocks signals before the namespaces exist, so that no signal is lost.
static sigset_t block_signals(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signals;
}

static _Noreturn void be_inner(int control) {
    char byte;
    if (read(control, &byte, 1) != 1 || prctl(PR_SET_PDEATHSIG, SIGKILL) || setsid() < 0)
        _exit(1); // the outer process has reported the reason
    inner_prepare();
    supervise(control);
}

int main(int count, char **arguments) {
    begin_anew();
    bool background = count == 3 && strcmp(arguments[1], "start") == 0;
    if (count != 3 || (!background && strcmp(arguments[1], "run") != 0))
        die("usage: mvm-devinit run|start CONFIG");
    config_read(arguments[2]);
    close_range(3, ~0u, 0); // only now: the configuration may be one of the caller's descriptors
    if (background)
        into_background();
    int lock = take_lock(), control[2], status = 0, signal = 0;
    fleet.log_directory = open_directory(fleet.log, false);
    fleet.status_directory = open_directory(fleet.status, true);
    unlinkat(fleet.status_directory, strrchr(fleet.status, '/') + 1, 0); // left by a fleet that was killed
    if (background)
        log_to("devinit.log");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control))
        die("socketpair: %s", strerror(errno));
    sigset_t signals = block_signals();
    pid_t inner = (pid_t)syscall(
        SYS_clone, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | SIGCHLD, 0, 0, 0, 0);
    if (inner == 0) {
        close(control[0]);
        be_inner(control[1]);
    }
    if (inner < 0)
        die("no user namespace: %s", strerror(errno));
    close(control[1]);
    const char *trouble = ids_map(inner);
    if (trouble) {
        close(control[0]);
        waitpid(inner, NULL, 0);
        die("%s", trouble);
    }
    send(control[0], "m", 1, MSG_NOSIGNAL);
    close(fleet.report);
    fleet.report = -1;
    while (waitpid(inner, &status, WNOHANG) == 0) {
        if (sigwait(&signals, &signal) == 0 && signal != SIGCHLD)
            shutdown(control[0], SHUT_WR); // end of file tells the inner process to stop
    }
    unlinkat(fleet.status_directory, strrchr(fleet.status, '/') + 1, 0);
    return ftruncate(lock, 0) || !WIFEXITED(status) ? 1 : WEXITSTATUS(status);
}
