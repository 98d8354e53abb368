// A daemon as it is measured: in a user and a network namespace of its own, its socket as standard input. The socket
// has no name in the file system, and the daemon ends with this process: nothing of it stays.
//
// Beside the command line of a hostd there is that of a netd, in the file `netd`. hostd connects to `netd.sock` there, and a netd is started
// for each connection, in the same namespaces, with its one capability.
#include "bench.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG "daemons.log"
#define ARGUMENTS_MAX 64
#define FIRST 3     // SD_LISTEN_FDS_START
#define PATIENCE 120 // seconds; a machine may be busy

static int make_listener(void) {
    struct sockaddr_un any = {.sun_family = AF_UNIX}; // the kernel chooses a name
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof any.sun_family) || listen(fd, 16))
        die("socket: %s", strerror(errno));
    return fd;
}

static void put(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, text, strlen(text)) < 0)
        die("%s: %s", path, strerror(errno));
    close(file);
}

// Root of a user namespace in which there is nobody else.
static void confine(void) {
    char users[32], groups[32];
    snprintf(users, sizeof users, "0 %u 1\n", geteuid());
    snprintf(groups, sizeof groups, "0 %u 1\n", getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
        die("no namespaces: %s", strerror(errno));
    put("/proc/self/setgroups", "deny");
    put("/proc/self/uid_map", users);
    put("/proc/self/gid_map", groups);
}

static char **read_command_line(const char *path) {
    static char text[1 << 16], *arguments[ARGUMENTS_MAX + 1];
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0, count = 0;
    text[length] = '\0'; // and nothing of the one that was read before
    for (char *line = strtok(text, "\n"); line && count < ARGUMENTS_MAX; line = strtok(NULL, "\n"))
        arguments[count++] = line;
    arguments[count] = NULL;
    if (count == 0 || count == ARGUMENTS_MAX || length == sizeof text - 1)
        die("%s: not a command line", path);
    fclose(file);
    return arguments;
}

// In the child: what it says goes to the log, it ends with us, and it gets its input and no other descriptor.
static void arrange(int input) {
    int log = open(LOG, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0 || dup2(input, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0 ||
        close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) || prctl(PR_SET_PDEATHSIG, SIGKILL) ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        die("%s: %s", LOG, strerror(errno));
}

// In the place of the process that waits for connections: what it executes has one capability, as user 0 of this user namespace.
static _Noreturn void be_netd(const char *command_line, int connection) {
    char own[12], **arguments = read_command_line(command_line);
    for (int c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++) {
        if (c != CAP_NET_ADMIN && prctl(PR_CAPBSET_DROP, c, 0, 0, 0))
            die("capabilities: %s", strerror(errno));
    }
    arrange(open("/dev/null", O_RDONLY | O_CLOEXEC));
    snprintf(own, sizeof own, "%d", getpid());
    if ((connection == FIRST ? fcntl(connection, F_SETFD, 0) : dup2(connection, FIRST)) < 0 ||
        setenv("LISTEN_PID", own, 1) || setenv("LISTEN_FDS", "1", 1) || setenv("LISTEN_FDNAMES", "connection", 1))
        die("netd: %s", strerror(errno));
    execv(arguments[0], arguments);
    die("%s: %s", arguments[0], strerror(errno));
}

// Serves the netd of the hostd that this process becomes, and ends with it.
static void offer_netd(const char *command_line) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char folder[4096], netd[4096 + 8];
    snprintf(folder, sizeof folder, "%s", command_line);
    char *beside = dirname(folder);
    snprintf(netd, sizeof netd, "%s/netd", beside);
    if (access(netd, R_OK))
        return;
    int length = snprintf(address.sun_path, sizeof address.sun_path, "%s/netd.sock", beside);
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (length < 0 || (size_t)length >= sizeof address.sun_path || listener < 0 ||
        (unlink(address.sun_path) && errno != ENOENT) ||
        bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4))
        die("%s: %s", netd, strerror(errno));
    if (fork() != 0) {
        close(listener);
        return;
    }
    signal(SIGCHLD, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int connection; (connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0; close(connection)) {
        if (fork() == 0)
            be_netd(netd, connection);
    }
    _exit(1);
}

struct daemon daemon_start(const char *command_line) {
    struct daemon d = {.listener = make_listener()};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        die("pipe: %s", strerror(errno));
    d.pid = fork();
    if (d.pid == 0) {
        char **arguments = read_command_line(command_line);
        confine();
        offer_netd(command_line);
        arrange(d.listener);
        int64_t began = now();
        if (write(ends[1], &began, sizeof began) == sizeof began)
            execv(arguments[0], arguments);
        die("%s: %s", arguments[0], strerror(errno));
    }
    close(ends[1]);
    if (d.pid < 0 || read(ends[0], &d.began, sizeof d.began) != sizeof d.began)
        die("a daemon cannot be started; see %s", LOG);
    close(ends[0]);
    return d;
}

struct daemon daemon_of_function(void (*serve)(int listener, size_t size), size_t size) {
    struct daemon d = {.listener = make_listener(), .began = now()};
    d.pid = fork();
    if (d.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(d.listener, size);
        _exit(0);
    }
    if (d.pid < 0)
        die("fork: %s", strerror(errno));
    return d;
}

// Succeeds before the daemon is there: it finds the connection waiting.
int daemon_connect(const struct daemon *d) {
    struct sockaddr_un address;
    struct timeval patience = {PATIENCE, 0};
    socklen_t length = sizeof address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) ||
        getsockname(d->listener, (struct sockaddr *)&address, &length) ||
        connect(fd, (struct sockaddr *)&address, length))
        die("connect: %s", strerror(errno));
    return fd;
}

// All of its threads, since sched_setaffinity(2) is about one.
void daemon_pin(const struct daemon *d, const cpu_set_t *cpu) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", d->pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        die("%s: %s", path, strerror(errno));
    for (struct dirent *entry; (entry = readdir(tasks));) {
        int tid = atoi(entry->d_name);
        if (tid > 0 && sched_setaffinity(tid, sizeof *cpu, cpu) && errno != ESRCH)
            die("sched_setaffinity: %s", strerror(errno));
    }
    closedir(tasks);
}

double daemon_resident_mib(const struct daemon *d) {
    char path[64], line[256];
    long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", d->pid);
    FILE *status = fopen(path, "re");
    while (status && fgets(line, sizeof line, status))
        sscanf(line, "VmRSS: %ld kB", &kib);
    if (kib == 0)
        die("%s: no VmRSS", path);
    fclose(status);
    return (double)kib / 1024;
}

void daemon_end(const struct daemon *d) {
    close(d->listener);
    kill(d->pid, SIGTERM);
    waitpid(d->pid, NULL, 0);
}

double run(const char *command_line) {
    int64_t began = now();
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        char **arguments = read_command_line(command_line);
        arrange(open("/dev/null", O_RDONLY | O_CLOEXEC));
        execv(arguments[0], arguments);
        die("%s: %s", arguments[0], strerror(errno));
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        die("%s: the command failed; see %s", command_line, LOG);
    return (double)(now() - began) / 1e6;
}
