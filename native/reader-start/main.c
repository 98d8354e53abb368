// Starts a guestd, a sealer or a netd and ends it when hostd has hung up.
//
//   mvm-reader-start PROGRAM [ARGUMENT...]     with the connection as descriptor 3, LISTEN_FDS=1; sd_listen_fds(3)
//
// Each of these is called a reader here. An honest one ends by itself when its connection does. One that was taken over stays, with its memory, its
// processor time and, a sealer, with the key of a tenant and the /dev/fuse that a VMM waits for, a netd with the node's network; hostd may not signal
// it, since it is of another user. This process is of the reader's user and may. A reader cannot stop it: filters of system calls take signals and
// ptrace(2) away, and if this process ends, the service manager ends the unit.
//
// What has no path is closed to a reader by a Landlock domain, which a JVM cannot enter by itself: abstract sockets of its network namespace, which
// for netd is the node's, and signals to others of its user. This process is outside of the domain; landlock(7).
//
// A reader writes files that hostd has handed over, parts of a snapshot. None of them becomes larger than what a snapshot of all of this machine's
// memory may take, so that one that was taken over does not fill the disk.
//
// Status: that of the reader, 128 and the signal's number if a signal ended it; 1 if it could not be started.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/landlock.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTION 3 // SD_LISTEN_FDS_START
#ifndef GRACE_MS     // a test waits for less time
#define GRACE_MS 10000
#endif

// Headers of Debian 12 lack them.
#ifndef LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1)
#endif

static _Noreturn void fail(const char *what, const char *why) {
    dprintf(STDERR_FILENO, "mvm-reader-start: %s: %s\n", what, why);
    _exit(1);
}

static void bound_files(void) {
    struct sysinfo machine;
    struct rlimit size;
    if (sysinfo(&machine) || getrlimit(RLIMIT_FSIZE, &size))
        fail("limits", strerror(errno));
    rlim_t most = (rlim_t)machine.totalram * machine.mem_unit / 8 * 9 + (64 << 20); // as sealer.md has it for streams
    if (size.rlim_max > most)                                                         // the unit's may be lower
        size = (struct rlimit){most, most};
    if (setrlimit(RLIMIT_FSIZE, &size))
        fail("size of files", strerror(errno));
}

static void enter_domain(void) {
    // the scopes alone: no access to files or ports is handled, so none is taken away. A kernel without scopes does not take the rules
    struct { uint64_t files, ports, scoped; } rules = {0, 0, LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL};
    long domain = syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (domain < 0)
        fail("Landlock", "this kernel has no scopes for abstract sockets; boot Linux 6.12 or later, with landlock among lsm=");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_landlock_restrict_self, domain, 0) || close((int)domain))
        fail("Landlock", strerror(errno));
}

static _Noreturn void be_reader(pid_t parent, char **arguments) {
    char own[12];
    snprintf(own, sizeof own, "%d", getpid());
    if (setenv("LISTEN_PID", own, 1) || prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
        fail("reader", "its parent has ended");
    enter_domain();
    execv(arguments[0], arguments);
    fail(arguments[0], strerror(errno));
}

static void await(struct pollfd *wait, nfds_t count, int timeout_ms) {
    while (poll(wait, count, timeout_ms) < 0) {
        if (errno != EINTR)
            fail("poll", strerror(errno));
    }
}

int main(int count, char **arguments) {
    int status = 0;
    if (count < 2)
        fail("usage", "mvm-reader-start PROGRAM [ARGUMENT...]");
    if (prctl(PR_SET_DUMPABLE, 0)) // nobody of the same user writes into its memory
        fail("no dumps", strerror(errno));
    bound_files();
    pid_t self = getpid(), child = fork();
    if (child == 0)
        be_reader(self, arguments + 1);
    int reader = child < 0 ? -1 : pidfd_open(child, 0);
    if (reader < 0)
        fail(child < 0 ? "fork" : "pidfd_open", strerror(errno));
    struct pollfd wait[] = {{.fd = reader, .events = POLLIN}, {.fd = CONNECTION, .events = POLLRDHUP}};
    await(wait, 2, -1);
    await(wait, 1, GRACE_MS);
    if (!wait[0].revents && pidfd_send_signal(reader, SIGKILL, NULL, 0) && errno != ESRCH)
        fail("kill", strerror(errno));
    if (waitpid(child, &status, 0) != child)
        fail("waitpid", strerror(errno));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
