// Starts the process of a daemon or of a connection: set-up between fork(2) and execve(2).
#include "devinit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define SCRATCH 600 // from here on numbers are free for descriptors that must not be in the way

static const char *step; // the child's present step, for the report of a failure

// Covers each path with an empty directory that cannot be entered, or with an empty file. A path after - may be absent.
static bool hide(const struct list *paths) {
    struct stat s;
    if (paths->count && (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)))
        return false;
    for (size_t i = 0; i < paths->count; i++) {
        const char *path = step = paths->items[i] + (*paths->items[i] == '-');
        if (stat(path, &s)) {
            if (*paths->items[i] != '-')
                return false;
        } else if (S_ISDIR(s.st_mode) ? mount("hidden", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
                                              "mode=0000,size=4k,nr_inodes=2")
                                      : mount("/dev/null", path, NULL, MS_BIND, NULL)) {
            return false;
        }
    }
    return true;
}

// Descriptors of the new process: standard input, the log twice, and from 3 on what is passed to it. execve(2) closes
// all others.
static bool arrange(const struct daemon *d, int connection) {
    int input = d->listener ? d->listener : open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (dup2(input, 0) < 0 || dup2(d->log_in, 1) < 0 || dup2(d->log_in, 2) < 0)
        return false;
    if (connection >= 0)
        return dup2(fcntl(connection, F_DUPFD_CLOEXEC, SCRATCH), 3) == 3;
    for (size_t i = 0; i < d->stored; i++) {
        if (dup2(d->store[i], 3 + (int)i) < 0)
            return false;
    }
    return true;
}

static char **environment(const struct daemon *d, int connection) {
    static char *out[LIST_MAX + 5], notify[128], pid[32], count[32], names[16 + STORE_MAX * 256];
    size_t n = d->environment.count;
    memcpy(out, d->environment.items, n * sizeof *out);
    snprintf(notify, sizeof notify, "NOTIFY_SOCKET=/run/mvm-devinit/%s", d->name);
    out[n++] = notify;
    if (connection < 0 && !d->stored)
        return out;
    char *at = stpcpy(names, "LISTEN_FDNAMES=");
    if (connection >= 0)
        strcpy(at, "connection");
    for (size_t i = 0; connection < 0 && i < d->stored; i++)
        at += sprintf(at, "%s%s", i ? ":" : "", d->store_names[i]);
    snprintf(pid, sizeof pid, "LISTEN_PID=%d", getpid());
    snprintf(count, sizeof count, "LISTEN_FDS=%zu", connection >= 0 ? 1 : d->stored);
    out[n++] = names;
    out[n++] = pid;
    out[n++] = count;
    return out;
}

static bool become(const struct daemon *d) {
    uint32_t user = d->user, group = d->group, low = (uint32_t)d->capabilities;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3] = {{low, low, low}};
    for (int c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++) {
        if (!(d->capabilities >> c & 1) && prctl(PR_CAPBSET_DROP, c, 0, 0, 0))
            return false;
    }
    if ((user && setgroups(0, NULL)) || prctl(PR_SET_KEEPCAPS, 1) || setresgid(group, group, group) ||
        setresuid(user, user, user) || syscall(SYS_capset, &header, caps) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return false;
    for (int c = 0; user && c < 32; c++) {
        if (low >> c & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0))
            return false;
    }
    return true;
}

// Returns when the program has been executed. Returns -1 and the reason if it could not be.
pid_t spawn(struct daemon *d, int connection, struct failure *why) {
    int ends[2];
    *why = (struct failure){0, "process"};
    if (pipe2(ends, O_CLOEXEC)) {
        why->error = errno;
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        int told = fcntl(ends[1], F_DUPFD_CLOEXEC, SCRATCH);
        close_range(3, SCRATCH - 1, CLOSE_RANGE_CLOEXEC);
        step = "namespaces";
        if (setsid() >= 0 && (d->network == HOST || !setns(fleet.network, CLONE_NEWNET)) && hide(&d->hide) &&
            (step = "descriptors") && arrange(d, connection) && (step = "identity") && become(d) &&
            (step = d->arguments.items[0]) && signal(SIGPIPE, SIG_DFL) != SIG_ERR &&
            !sigprocmask(SIG_SETMASK, &none, NULL))
            execve(d->arguments.items[0], d->arguments.items, environment(d, connection));
        *why = (struct failure){errno, step}; // `step` points to the same text in the parent
        (void)!write(told, why, sizeof *why);
        _exit(127);
    }
    why->error = errno;
    close(ends[1]);
    if (read(ends[0], why, sizeof *why) > 0)
        pid = -1; // the child is reaped like any other
    close(ends[0]);
    return pid;
}
