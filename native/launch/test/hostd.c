#define _GNU_SOURCE
#include "hostd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
#include <sys/wait.h>
#include <unistd.h>

void stop(const char *what) {
    printf("Bail out! %s: %s\n", what, strerror(errno));
    exit(2);
}

int own_tmpfs(const char *mode, uint32_t owner) {
    char user[16];
    snprintf(user, sizeof user, "%u", owner);
    int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
    if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "mode", mode, 0) ||
        fsconfig(fs, FSCONFIG_SET_STRING, "uid", user, 0) || fsconfig(fs, FSCONFIG_SET_STRING, "gid", "0", 0) ||
        fsconfig(fs, FSCONFIG_SET_STRING, "size", "8m", 0) || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
        stop("tmpfs");
    int mounted = fsmount(fs, FSMOUNT_CLOEXEC, 0);
    close(fs);
    if (mounted < 0)
        stop("fsmount");
    return mounted;
}

int own_file(const char *path, mode_t mode, int flags) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, path, strlen(path)) < 0 || fchmod(fd, mode))
        stop(path);
    close(fd);
    fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        stop(path);
    return fd;
}

const char *start_in;
int start_in_mounts = -1;
uint64_t start_with_capabilities;

static void be_unit(void) {
    int procs = start_in ? open(start_in, O_WRONLY | O_CLOEXEC) : -1;
    if ((start_in && write(procs, "0", 1) != 1) || (start_in_mounts >= 0 && setns(start_in_mounts, CLONE_NEWNS)))
        _exit(98);
    for (int c = 0; start_with_capabilities && prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++) {
        if (!(start_with_capabilities >> c & 1) && prctl(PR_CAPBSET_DROP, c, 0, 0, 0))
            _exit(97);
    }
}

struct launch start_with(const char *program, int number, int connection, const char *listen_fds) {
    pid_t pid = fork();
    if (pid < 0)
        stop("fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        be_unit();
        if (number != 3)
            close(3);
        if (dup2(connection, number) < 0)
            _exit(99);
        if (number == 3 && setenv("LISTEN_FDS", listen_fds, 1))
            _exit(99);
        execl(program, program, (char *)NULL);
        _exit(99);
    }
    return (struct launch){pid, -1};
}

struct launch start(const char *program, int number) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
        stop("socketpair");
    struct launch l = start_with(program, number, ends[1], "1");
    close(ends[1]);
    l.connection = ends[0];
    return l;
}

void ask(const struct launch *l, const void *bytes, size_t length, const int *fds, size_t count) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * 64)];
    } control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    struct iovec io = {(void *)bytes, length};
    struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1};
    if (count) {
        control.header.cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * count);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    }
    sendmsg(l->connection, &message, MSG_NOSIGNAL); // fails if the launcher has refused and ended already
}

const char *answer_all(const struct launch *l, int fds[static 4]) {
    static char text[8192];
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * 4)];
    } control;
    struct iovec packet = {text, sizeof text - 1};
    struct msghdr message = {
        .msg_iov = &packet, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct pollfd wait = {.fd = l->connection, .events = POLLIN};
    memset(fds, -1, sizeof(int) * 4);
    if (poll(&wait, 1, PATIENCE_MS) != 1)
        return "silence";
    ssize_t n = recvmsg(l->connection, &message, MSG_CMSG_CLOEXEC);
    if (n <= 0)
        return "end";
    text[n] = 0;
    struct cmsghdr *h = CMSG_FIRSTHDR(&message);
    if (h)
        memcpy(fds, CMSG_DATA(h), h->cmsg_len - CMSG_LEN(0));
    return text;
}

const char *answer_ready(const struct launch *l, int *pidfd, int *io) {
    int fds[4];
    const char *text = answer_all(l, fds);
    *pidfd = fds[0];
    *io = fds[1];
    close(fds[2]);
    close(fds[3]);
    return text;
}

const char *answer(const struct launch *l, int *fd) {
    int pidfd, io;
    const char *text = answer_ready(l, &pidfd, &io);
    if (io >= 0)
        close(io);
    if (fd)
        *fd = pidfd;
    else if (pidfd >= 0)
        close(pidfd);
    return text;
}

bool is_alone(int directory) {
    struct stat own, above;
    int up = openat(directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool known = !fstat(directory, &own) && !fstat(up, &above);
    bool same = known && own.st_dev == above.st_dev && own.st_ino == above.st_ino;
    close(up);
    return same;
}

static bool ended_within(int pidfd, int ms) {
    struct pollfd wait = {.fd = pidfd, .events = POLLIN};
    return poll(&wait, 1, ms) == 1;
}

bool gone(int pidfd) {
    return ended_within(pidfd, PATIENCE_MS);
}

bool lives(int pidfd) {
    return !ended_within(pidfd, 0);
}

bool lives_on(int pidfd) {
    return !ended_within(pidfd, 500);
}

int finish(struct launch *l) {
    int status = -1, pidfd = pidfd_open(l->pid, 0);
    if (l->connection >= 0)
        close(l->connection);
    l->connection = -1;
    if (pidfd < 0 || !gone(pidfd))
        kill(l->pid, SIGKILL);
    waitpid(l->pid, &status, 0);
    close(pidfd);
    return status;
}

const char *read_at(int directory, const char *name) {
    static char text[65536];
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    ssize_t n;
    while (fd >= 0 && length < sizeof text - 1 && (n = read(fd, text + length, sizeof text - 1 - length)) > 0)
        length += (size_t)n;
    if (fd >= 0)
        close(fd);
    text[length] = 0;
    return text;
}

const char *report_of(int io, int vmm) {
    while (faccessat(io, "report", F_OK, 0) && !ended_within(vmm, 10))
        ;
    return read_at(io, "report");
}
