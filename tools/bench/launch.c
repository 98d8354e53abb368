// bench-launch: from the request to the jailer's execution, by a launcher that is started for it and by one that waits
// already. Runs in a unit that mvm-launch takes for hostd's, as root, on a node with mvm-launch.socket. Figures go to
// standard output: milliseconds, the median, and their ratio.
#define _GNU_SOURCE
#include "../../native/launch/test/hostd.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define RUNS 15
#define ARTEFACTS "/var/lib/mvm-hostd/artefacts/"
#define USER 0x70000003u

static int kernel, rootfs;

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool proc_says(const char *pid, const char *name, const char *begin) {
    char path[300], text[64] = "";
    snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
    FILE *file = fopen(path, "re");
    bool read = file && fgets(text, sizeof text, file);
    if (file)
        fclose(file);
    return read && strncmp(text, begin, strlen(begin)) == 0;
}

// A launcher that waits is in poll(2), number 7.
static bool one_waits(void) {
    bool found = false;
    DIR *proc = opendir("/proc");
    for (const struct dirent *e; proc && !found && (e = readdir(proc));)
        found = proc_says(e->d_name, "comm", "mvm-launch\n") && proc_says(e->d_name, "syscall", "7 ");
    if (proc)
        closedir(proc);
    return found;
}

static int connected(void) {
    struct sockaddr_un address = {AF_UNIX, "/run/mvm-root/launch.sock"};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address))
        stop("mvm-launch.sock");
    return fd;
}

static double run(bool waiting) {
    char request[200], group[400];
    int number, pidfd, io, length = snprintf(request, sizeof request,
                                         "mvm-launch 4\nvmm=firecracker\nid=i-00000001\nuid=%u\n"
                                         "vcpus=1\nmem=128\nroot=12\nstrict=0\ndisk_mib=0\ndisk_requests=0\n"
                                         "fds=kernel,rootfs\n",
                                         USER);
    int fds[] = {kernel, rootfs};
    struct launch l = {0, -1};
    if (waiting) {
        l.connection = connected();
        while (!one_waits())
            sched_yield();
    }
    double begin = now_ms();
    if (!waiting)
        l.connection = connected();
    ask(&l, request, (size_t)length, fds, 2);
    const char *said = answer_ready(&l, &pidfd, &io);
    if (sscanf(said, "ready pid=%d cgroup=%299s", &number, request) != 2)
        stop(said);
    snprintf(group, sizeof group, "/sys/fs/cgroup/%s/cgroup.kill", request);
    char pid[12];
    snprintf(pid, sizeof pid, "%d", number);
    ask(&l, "go", 2, NULL, 0);
    while (proc_says(pid, "comm", "mvm-launch\n"))
        sched_yield();
    double took = now_ms() - begin;
    int kill = open(group, O_WRONLY | O_CLOEXEC);
    if (kill >= 0 && write(kill, "1", 1) == 1)
        close(kill);
    while (strcmp(answer(&l, NULL), "end") != 0) // the unit has ended
        ;
    close(l.connection);
    close(pidfd);
    close(io);
    return took;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(bool waiting) {
    double took[RUNS];
    for (int i = 0; i < RUNS; i++)
        took[i] = run(waiting);
    qsort(took, RUNS, sizeof *took, ascending);
    return took[RUNS / 2];
}

int main(void) {
    mkdir(ARTEFACTS, 0755);
    kernel = own_file(ARTEFACTS "bench-kernel", 0444, O_RDONLY);
    rootfs = own_file(ARTEFACTS "bench-rootfs", 0444, O_RDONLY);
    double cold = median(false), pool = median(true);
    printf("launch.started.ms %.1f\nlaunch.waiting.ms %.1f\nlaunch.waiting.vs_started %.3f\n", cold, pool, pool / cold);
    unlink(ARTEFACTS "bench-kernel");
    unlink(ARTEFACTS "bench-rootfs");
}
