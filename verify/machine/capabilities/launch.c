// Starts one microVM through the launcher's real unit, as hostd does.
//   launch KERNEL ROOTFS [DRIVE]
// Prints the launcher's answer and, if Firecracker starts, its /proc/PID/status. Ends Firecracker and waits for the end
// of its unit.
#define _GNU_SOURCE
#include "../../../native/launch/test/hostd.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET "/run/mvm-root/launch.sock"
#define UID 1880072201u // net 4000, offset 9

static struct launch connected(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = SOCKET};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof name))
        stop(SOCKET);
    return (struct launch){-1, fd};
}

static int opened(const char *path, int flags) {
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        stop(path);
    return fd;
}

// Firecracker makes its socket first. If the jailer ends before, there is none.
static bool comes_up(int io, int vmm) {
    struct pollfd ended = {.fd = vmm, .events = POLLIN};
    while (faccessat(io, "api.sock", F_OK, 0)) {
        if (poll(&ended, 1, 10) != 0)
            return false;
    }
    return true;
}

static void say_who(int pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    printf("runs pid=%d\n%s", pid, read_at(AT_FDCWD, path));
}

static void end(const char *cgroup) {
    char path[512];
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s/cgroup.kill", cgroup);
    int fd = opened(path, O_WRONLY);
    if (write(fd, "1", 1) != 1)
        stop(path);
    close(fd);
}

int main(int count, char **arguments) {
    char request[512], cgroup[256] = "";
    int pid = 0, vmm = -1;
    if (count < 3)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    int io = -1;
    int fds[] = {opened(arguments[1], O_RDONLY), opened(arguments[2], O_RDONLY), -1};
    if (count > 3)
        fds[2] = opened(arguments[3], O_RDWR);
    snprintf(request, sizeof request,
             "mvm-launch 4\nvmm=firecracker\nid=i-000000c1\nuid=%u\nvcpus=1\nmem=128\nroot=12\nstrict=0\ndisk_mib=0\ndisk_requests=0\n"
             "fds=kernel,rootfs%s\n",
             UID, count > 3 ? ",drive" : "");
    struct launch l = connected();
    ask(&l, request, strlen(request), fds, count > 3 ? 3 : 2);
    const char *said = answer_ready(&l, &vmm, &io);
    printf("answer %s\n", said);
    if (sscanf(said, "ready pid=%d cgroup=%255s", &pid, cgroup) == 2 && vmm >= 0) {
        ask(&l, "go", 2, NULL, 0);
        if (comes_up(io, vmm)) {
            say_who(pid);
            end(cgroup);
        }
    }
    for (said = answer(&l, NULL); strcmp(said, "end") != 0 && strcmp(said, "silence") != 0; said = answer(&l, NULL))
        printf("answer %s\n", said);
    printf("unit %s\n", said);
    return strcmp(said, "end") != 0;
}
