// mvm-launch-dev as a whole. The test plays hostd, first one that does everything wrong, then a good one. The launcher
// executes the probe, which run.sh has mounted over QEMU.
//   dev_test LAUNCHER LAUNCHER_WITH_SHORT_PATIENCE DIRECTORY      (root of its own mount, pid and network namespace)
#define _GNU_SOURCE
#include "../../testlib/tap.h"
#include "hostd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define UID 1879049993u // net 7, offset 9
#define HEAD "mvm-launch 4\nvmm=qemu\n"
#define REST                                                                                                           \
    "\nuid=1879049993\nvcpus=1\nmem=64\naccel=tcg\nnet=10.240.7.9/24,10.240.7.1\nresume=0\nroot=none\nfds=kernel,rootfs\n"
#define REQUEST HEAD "id=i-00000001" REST

static const char *launcher, *impatient, *directory;
static uint32_t user; // the VMM's user id
static int kernel, rootfs;

static const char *in_directory(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

// Counts this process's children after reaping the orphans among them.
static int processes(void) {
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    DIR *proc = opendir("/proc");
    int n = 0;
    for (struct dirent *e; (e = readdir(proc));)
        n += e->d_name[0] >= '0' && e->d_name[0] <= '9';
    closedir(proc);
    return n;
}

static int mounts(void) {
    FILE *file = fopen("/proc/self/mountinfo", "re");
    int n = 0;
    for (int c; (c = fgetc(file)) != EOF;)
        n += c == '\n';
    fclose(file);
    return n;
}

static bool exited(int status, int code) {
    return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

// Sends the request. Expects exactly this error, no packet after it, and the launcher's end.
static void refused(const char *name, const char *error, const char *bytes, size_t length, const int *fds,
                    size_t count) {
    struct launch l = start(launcher, 3);
    int before = processes();
    ask(&l, bytes, length, fds, count);
    const char *got = answer(&l, NULL);
    bool good = strcmp(got, error) == 0;
    tap(good, "%s: %s%s%s", name, error, good ? "" : ", not ", good ? "" : got);
    bool quiet = strcmp(answer(&l, NULL), "end") == 0;
    tap(exited(finish(&l), 70) && quiet && processes() < before, "%s: nothing is left", name);
}

static void refused_fds(const char *name, int k, int r) {
    const int fds[] = {k, r};
    refused(name, "error descriptor 22", REQUEST, strlen(REQUEST), fds, 2);
}

static void refuses_requests(void) {
    static char large[4097];
    int fds[] = {kernel, rootfs, kernel, rootfs, kernel, rootfs};
    char longer[sizeof REQUEST + 16];
    memset(large, 'a', sizeof large);
    refused("not a request", "error request 22", "hello", 5, fds, 3);
    refused("4097 bytes", "error request 90", large, 4097, fds, 3);
    refused("4096 bytes", "error request 22", large, 4096, fds, 3);
    refused("a NUL at the end", "error request 22", REQUEST, sizeof REQUEST, fds, 3);
    snprintf(longer, sizeof longer, "%sargv=x\n", REQUEST);
    refused("a key too many", "error request 22", longer, strlen(longer), fds, 3);
    refused("a request for the other VMM", "error request 22", "mvm-launch 4\nvmm=firecracker\n", 29, fds, 3);
    refused("no descriptor", "error descriptor 22", REQUEST, strlen(REQUEST), NULL, 0);
    refused("a descriptor too few", "error descriptor 22", REQUEST, strlen(REQUEST), fds, 1);
    refused("a descriptor too many", "error descriptor 22", REQUEST, strlen(REQUEST), fds, 3);
    refused("as many as the names there are", "error descriptor 22", REQUEST, strlen(REQUEST), fds, 4);
    refused("more than the names there are", "error descriptor 90", REQUEST, strlen(REQUEST), fds, 6);
}

static void refuses_artefacts(void) {
    int writable = own_file(in_directory("writable"), 0644, O_RDWR),
        path = own_file(in_directory("path"), 0644, O_PATH);
    int private = own_file(in_directory("private"), 0600, O_RDONLY), null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int deleted = own_file(in_directory("deleted"), 0644, O_RDONLY),
        swapped = own_file(in_directory("swapped"), 0644, 0);
    int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), pipes[2];
    if (pipe2(pipes, O_CLOEXEC))
        stop("pipe");
    unlink(in_directory("deleted"));
    unlink(in_directory("swapped")); // proc(5) adds "(deleted)" to the link, which is then another file's name
    close(own_file(in_directory("swapped (deleted)"), 0644, O_RDONLY));
    refused_fds("kernel is writable", writable, rootfs);
    refused_fds("kernel is only a path", path, rootfs);
    refused_fds("kernel is a directory", folder, rootfs);
    refused_fds("kernel is a device", null, rootfs);
    refused_fds("kernel is a pipe", pipes[0], rootfs);
    refused_fds("kernel is not for others", private, rootfs);
    refused_fds("kernel has no name any more", deleted, rootfs);
    refused_fds("kernel's name means another file", swapped, rootfs);
    refused_fds("rootfs is writable", kernel, writable);
    const int all[] = {writable, path, private, null, deleted, swapped, folder, pipes[0], pipes[1]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        close(all[i]);
}

static void refuses_drives(void) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    static const char WITH_DRIVE[] =
        HEAD "id=i-00000001\nuid=1879049993\nvcpus=1\nmem=64\naccel=tcg\nnet=10.240.7.9/24,"
             "10.240.7.1\nresume=0\nroot=none\nfds=kernel,rootfs,drive\n";
    const int file[] = {kernel, rootfs, rootfs}, device[] = {kernel, rootfs, null};
    refused("drive is a file", "error descriptor 22", WITH_DRIVE, strlen(WITH_DRIVE), file, 3);
    refused("drive is /dev/null", "error descriptor 22", WITH_DRIVE, strlen(WITH_DRIVE), device, 3);
    close(null);
}

static void refuses_connections(void) {
    int ends[2], plain = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        stop("socketpair");
    struct launch l = start_with(launcher, 0, ends[1], NULL);
    tap(exited(finish(&l), 70), "a stream socket is refused");
    l = start_with(launcher, 3, plain, "1");
    tap(exited(finish(&l), 70), "what is not a socket is refused");
    close(ends[0]);
    close(ends[1]);
    close(plain);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
        stop("socketpair");
    l = start_with(launcher, 3, ends[1], "2");
    tap(exited(finish(&l), 70), "two connections are refused");
    close(ends[0]);
    close(ends[1]);
}

// The identity of the connecting process counts, so a child connects as another user.
static void refuses_peer(void) {
    struct sockaddr_un name = {AF_UNIX, "\0mvm-launch-peer"};
    socklen_t size = sizeof(sa_family_t) + 16;
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&name, size) || listen(listener, 1))
        stop("listen");
    pid_t child = fork();
    if (child == 0) {
        int s = socket(AF_UNIX, SOCK_SEQPACKET, 0);
        char text[64] = "";
        const struct timeval patience = {PATIENCE_MS / 1000, 0};
        setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (setresuid(1, 1, 1))
            _exit(77);
        if (connect(s, (struct sockaddr *)&name, size) || recv(s, text, sizeof text - 1, 0) < 0)
            _exit(1);
        _exit(strcmp(text, "error peer 0") != 0);
    }
    struct launch l = {-1, -1};
    if (!user) { // no second user id in this role
        waitpid(child, NULL, 0);
    } else {
        int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC), status = -1;
        l = start_with(launcher, 3, accepted, "1");
        close(accepted);
        waitpid(child, &status, 0);
        tap(exited(finish(&l), 70) && exited(status, 0), "a peer that is not root is refused");
    }
    close(listener);
}

static struct launch launched(const char *id, int number, int *io, int *pidfd) {
    char bytes[1024];
    const int fds[] = {kernel, rootfs};
    struct launch l = start(launcher, number);
    int length = snprintf(bytes, sizeof bytes, HEAD "id=%s" REST, id);
    ask(&l, bytes, (size_t)length, fds, 2);
    const char *text = answer_ready(&l, pidfd, io);
    pid_t pid = -1;
    char tail[32] = "";
    sscanf(text, "ready pid=%d cgroup=%31s fds=pidfd,io", &pid, tail);
    if (*pidfd < 0 || *io < 0 || strcmp(tail, "-") != 0) {
        printf("# %s\n", text);
        stop("no ready");
    }
    return l;
}

static pid_t pid_of(int pidfd) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
    const char *pid = strstr(read_at(AT_FDCWD, path), "Pid:");
    return pid ? atoi(pid + 4) : -1;
}

// The VMM as /proc shows it from outside.
static void looks_confined(pid_t pid) {
    char path[64], mine[64], its[64], zero[64], *line;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    char *status = strdup(read_at(AT_FDCWD, path));
    snprintf(zero, sizeof zero, "\nUid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n", user, user, user, user, user, user,
             user, user);
    tap(strstr(status, zero), "the VMM is user %u", user);
    static const char *const SETS[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
    for (size_t i = 0; i < 5; i++) {
        snprintf(zero, sizeof zero, "\n%s:\t0000000000000000\n", SETS[i]);
        tap(strstr(status, zero), "%s is empty", SETS[i]);
    }
    tap(strstr(status, "\nNoNewPrivs:\t1\n"), "NoNewPrivs");
    free(status);
    static const char *const NAMESPACES[] = {"mnt", "pid", "net", "ipc", "uts", "cgroup"};
    for (size_t i = 0; i < 6; i++) {
        char a[64] = "", b[64] = "";
        snprintf(mine, sizeof mine, "/proc/self/ns/%s", NAMESPACES[i]);
        snprintf(its, sizeof its, "/proc/%d/ns/%s", pid, NAMESPACES[i]);
        bool both = readlink(mine, a, sizeof a - 1) > 0 && readlink(its, b, sizeof b - 1) > 0;
        tap(both && strcmp(a, b) != 0, "%s namespace of its own", NAMESPACES[i]);
    }
    snprintf(path, sizeof path, "/proc/%d/net/dev", pid);
    const char *colon = strchr(read_at(AT_FDCWD, path), ':');
    tap(colon && strncmp(colon - 2, "lo", 2) == 0 && !strchr(colon + 1, ':'), "no interface but lo");
    snprintf(path, sizeof path, "/proc/%d/mountinfo", pid);
    char *info = strdup(read_at(AT_FDCWD, path)), *rest = info;
    int n = 0, writable = 0, suid = 0;
    while ((line = strsep(&rest, "\n")) && *line) {
        char point[256], options[256];
        sscanf(line, "%*s %*s %*s %*s %255s %255s", point, options);
        n += strncmp(point, "/usr/", 5) != 0;
        writable += strncmp(options, "ro,", 3) != 0 && strcmp(point, "/io") != 0;
        suid += !strstr(options, "nosuid");
    }
    free(info);
    tap(n == 9, "mounts: /, /usr, four devices, /io, /kernel, /rootfs (%d)", n);
    tap(writable == 0, "all but /io are read-only");
    tap(suid == 0, "no mount with set-user-id");
}

// The directory as hostd gets it, before the VMM runs. Set-user-id, devices, execution and links are off in the mount.
static void hands_over_io(void) {
    int vmm, io;
    struct stat status;
    struct statvfs flags;
    char link[64];
    const unsigned long wanted = ST_NOSUID | ST_NODEV | ST_NOEXEC;
    struct launch l = launched("i-00000001", 3, &io, &vmm);
    tap(is_alone(io), "nothing is above the VM's directory");
    tap(!fstat(io, &status) && status.st_uid == user && status.st_gid == 0 && status.st_mode == (S_IFDIR | 02770),
        "it is the VMM's, and root's by group");
    tap(!fstatvfs(io, &flags) && (flags.f_flag & wanted) == wanted && flags.f_blocks * flags.f_frsize == 4 << 20 &&
            flags.f_files == 64,
        "it has 4 MiB, 64 files and no special ones");
    int console = openat(io, "console", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    tap(console >= 0 && !fstat(console, &status) && status.st_mode == (S_IFIFO | 0600) && status.st_uid == 0,
        "in it is the console, a pipe of root's");
    tap(read(console, link, sizeof link) < 0 && errno == EAGAIN, "of which the VMM has the other end");
    snprintf(link, sizeof link, "/proc/self/fd/%d/link", io);
    int followed = symlinkat("/dev/null", io, "link") ? -2 : open(link, O_RDONLY | O_CLOEXEC);
    tap(followed == -1 && errno == ELOOP, "no link in it is followed");
    tap(exited(finish(&l), 71) && is_alone(io), "nothing is above it when the launcher has ended");
    tap(read(console, link, sizeof link) == 0, "and the console is at its end");
    close(console);
    close(vmm);
    close(io);
}

static void confines(int number) {
    int vmm, io;
    struct launch l = launched("i-00000001", number, &io, &vmm);
    ask(&l, "go", 2, NULL, 0);
    char *report = strdup(report_of(io, vmm)), *rest = report;
    char expected[64];
    for (char *line; (line = strsep(&rest, "\n")) && *line;) {
        if (strncmp(line, "ok ", 3) == 0 || strncmp(line, "bad ", 4) == 0)
            tap(*line == 'o', "attack from inside: %s", strchr(line, ' ') + 1);
        else if (strncmp(line, "user ", 5) == 0) {
            snprintf(expected, sizeof expected, "user %u", user);
            tap(strcmp(line, expected) == 0, "runs as %s", line);
        }
    }
    free(report);
    tap(strstr(read_at(io, "report"), "\ndone\n"), "the attacker came to its end");
    looks_confined(pid_of(vmm));
    tap(lives(vmm), "the VMM runs");
    kill(l.pid, SIGTERM);
    tap(gone(vmm), "SIGTERM to the launcher ends the VMM");
    tap(strcmp(answer(&l, NULL), "end") == 0, "end of file after the VMM's end");
    tap(exited(finish(&l), 0), "and the launcher ends well");
    close(io);
    close(vmm);
}

// Closes the directory.
static bool never_ran(int io) {
    bool ran = !faccessat(io, "report", F_OK, 0);
    close(io);
    return !ran;
}

static void ends_with_hostd_before_go(void) {
    int vmm, io, before = processes(), mounted = mounts();
    struct launch l = start(launcher, 3);
    tap(exited(finish(&l), 71), "hostd goes before the request: the launcher ends");
    l = launched("i-00000001", 3, &io, &vmm);
    tap(lives(vmm), "prepared");
    tap(exited(finish(&l), 71), "hostd goes before `go`: the launcher ends");
    tap(gone(vmm) && processes() == before && mounts() == mounted, "no process and no mount is left");
    close(vmm);
    tap(never_ran(io), "hostd goes before `go`: it never executed the VMM");

    l = launched("i-00000001", 3, &io, &vmm);
    kill(l.pid, SIGTERM);
    tap(gone(vmm), "SIGTERM before `go`: the VMM's process ends");
    finish(&l);
    close(vmm);
    tap(never_ran(io), "SIGTERM before `go`: it never executed the VMM");

    l = launched("i-00000001", 3, &io, &vmm);
    kill(l.pid, SIGKILL);
    tap(gone(vmm), "SIGKILL before `go`: the VMM's process ends");
    finish(&l);
    tap(processes() == before, "no process is left");
    tap(never_ran(io), "SIGKILL before `go`: it never executed the VMM");
    close(vmm);
}

static void refuses_other_than_go(void) {
    static const struct {
        const char *bytes;
        size_t length;
        bool with_descriptor;
        const char *error;
    } WRONG[] = {{"no", 2, false, "error request 22"},
                 {"go\n", 3, false, "error request 22"},
                 {"g", 1, false, "error request 22"},
                 {"go go", 5, false, "error request 90"},
                 {"go", 2, true, "error descriptor 90"}};
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        int vmm, io;
        struct launch l = launched("i-00000001", 3, &io, &vmm);
        ask(&l, WRONG[i].bytes, WRONG[i].length, &kernel, WRONG[i].with_descriptor);
        const char *got = answer(&l, NULL);
        tap(strcmp(got, WRONG[i].error) == 0, "instead of `go` case %zu: %s", i, got);
        tap(exited(finish(&l), 70) && gone(vmm), "instead of `go` case %zu: nothing is left", i);
        close(vmm);
        close(io);
    }
}

static void gives_up_waiting_for_go(void) {
    const char *patient = launcher;
    int vmm, io;
    launcher = impatient;
    struct launch l = launched("i-00000001", 3, &io, &vmm);
    launcher = patient;
    tap(gone(vmm), "no `go`: the VMM's process ends");
    tap(strcmp(answer(&l, NULL), "end") == 0 && exited(finish(&l), 71), "no `go`: so does the launcher");
    close(vmm);
    close(io);
}

static void outlives_hostd(void) {
    int vmm, io;
    struct launch l = launched("i-00000001", 3, &io, &vmm);
    ask(&l, "go", 2, NULL, 0);
    report_of(io, vmm);
    close(l.connection);
    l.connection = -1;
    tap(lives_on(vmm), "hostd goes after `go`: the VM lives");
    kill(l.pid, SIGTERM);
    tap(gone(vmm) && exited(finish(&l), 0), "and ends when the launcher is told to end");
    close(vmm);
    close(io);

    l = launched("i-00000001", 3, &io, &vmm);
    ask(&l, "go", 2, NULL, 0);
    report_of(io, vmm);
    kill(l.pid, SIGKILL);
    tap(gone(vmm), "SIGKILL to the launcher ends the VMM");
    finish(&l);
    close(vmm);
    close(io);
}

static void reports_the_end(void) {
    static const struct {
        const char *id;
        int status;
    } ENDS[] = {{"i-000000e0", 0}, {"i-000000e1", 72}, {"i-000000ea", 72}};
    for (size_t i = 0; i < 3; i++) {
        int vmm, io;
        struct launch l = launched(ENDS[i].id, 3, &io, &vmm);
        ask(&l, "go", 2, NULL, 0);
        tap(strcmp(answer(&l, NULL), "end") == 0 && gone(vmm), "%s: end of file when it has ended", ENDS[i].id);
        tap(exited(finish(&l), ENDS[i].status), "%s: the launcher ends with %d", ENDS[i].id, ENDS[i].status);
        close(vmm);
        close(io);
    }
}

static void says_when_exec_fails(void) {
    pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
            mount("/dev/null", "/usr/bin/qemu-system-x86_64", NULL, MS_BIND, NULL))
            _exit(1);
        int vmm, io;
        struct launch l = launched("i-00000001", 3, &io, &vmm);
        ask(&l, "go", 2, NULL, 0);
        bool told = strcmp(answer(&l, NULL), "error exec 13") == 0 && strcmp(answer(&l, NULL), "end") == 0;
        int status = finish(&l);
        _exit(told && WIFEXITED(status) && WEXITSTATUS(status) != 0 ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    tap(exited(status, 0), "a program that cannot be executed: error exec");
}

static bool is_mapped(uint32_t id) {
    unsigned long inside, outside, count;
    FILE *map = fopen("/proc/self/uid_map", "re");
    bool found = false;
    while (map && fscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3)
        found = found || (id >= inside && id - inside < count);
    fclose(map);
    return found;
}

int main(int count, char **arguments) {
    if (count != 4)
        return 2;
    launcher = arguments[1];
    impatient = arguments[2];
    directory = arguments[3];
    umask(0);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    user = is_mapped(UID) ? UID : 0;
    struct sockaddr_un host = {AF_UNIX, "\0mvm-launch-test"}; // the probe must not reach it
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&host, sizeof(sa_family_t) + 16) || listen(listener, 8))
        stop("listen");
    kernel = own_file(in_directory("kernel"), 0444, O_RDONLY);
    rootfs = own_file(in_directory("rootfs"), 0644, O_RDONLY);
    int before = processes();
    refuses_requests();
    refuses_artefacts();
    refuses_drives();
    refuses_connections();
    refuses_peer();
    hands_over_io();
    confines(3);
    confines(0);
    ends_with_hostd_before_go();
    refuses_other_than_go();
    gives_up_waiting_for_go();
    outlives_hostd();
    reports_the_end();
    says_when_exec_fails();
    tap(processes() == before, "in the end no process is left");
    return tap_end();
}
