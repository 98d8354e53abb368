// Stands in for Firecracker in the jail: opens its API socket, looks at its files and writes to /io/report one line per
// attempt, `ok NAME` if it is as it must be and `bad NAME: ...` if not; the last line is `done`. Then it waits.
#define _GNU_SOURCE
#include "../../testlib/uring.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

static FILE *report;

static void said(bool good, const char *name) {
    if (good)
        fprintf(report, "ok %s\n", name);
    else
        fprintf(report, "bad %s: %s\n", name, strerror(errno));
}

static void file(const char *path) {
    char name[64], text[64] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(name, sizeof name, "read %s", path);
    said(fd >= 0 && read(fd, text, sizeof text) > 0, name);
    snprintf(name, sizeof name, "not write %s", path);
    said(open(path, O_WRONLY) < 0, name);
    snprintf(name, sizeof name, "not chmod %s", path);
    said(chmod(path, 0777) < 0 && fchmod(fd, 0777) < 0, name);
    snprintf(name, sizeof name, "not unmount %s", path);
    said(umount2(path, MNT_DETACH) < 0, name);
}

int main(int count, char **arguments) {
    struct sockaddr_un api = {AF_UNIX, "/io/api.sock"};
    struct rlimit core;
    struct stat s;
    char descriptors[512] = "";
    for (int fd = 0; fd < 2048; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            sprintf(descriptors + strlen(descriptors), "%d ", fd);
    }
    report = fopen("/io/report.new", "we");
    if (!report)
        return 4;
    said((count == 5 || count == 7) && strcmp(arguments[4], "/io/api.sock") == 0 && !environ[0],
         "arguments and environment");
    said(strcmp(descriptors, "0 1 2 ") == 0, "descriptors 0 1 2");
    said(!fstat(0, &s) && s.st_rdev == makedev(1, 3), "standard input is /dev/null");
    said(!fstat(1, &s) && S_ISFIFO(s.st_mode) && fcntl(1, F_GETFL) & O_NONBLOCK, "standard output is the console");
    said(write(1, "hello\n", 6) == 6, "print something that nobody reads yet");
    for (int i = 0; i < 1024 && write(1, descriptors, sizeof descriptors) > 0; i++)
        ;
    said(errno == EAGAIN, "not wait for a reader");
    said(!getrlimit(RLIMIT_CORE, &core) && core.rlim_max == 0, "no core dumps");
    said(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "no_new_privs");
    int socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    said(bind(socket_fd, (struct sockaddr *)&api, sizeof api) == 0 && listen(socket_fd, 8) == 0, "API socket");
    said(!stat("/io/api.sock", &s) && s.st_gid == 0 && (s.st_mode & 0777) == 0770, "API socket is root's by group");
    file("/kernel");
    file("/rootfs");
    if (count == 7)
        file(arguments[6]);
    said(open("/io/x", O_CREAT | O_WRONLY | O_CLOEXEC, 0755) >= 0, "write /io");
    char *nothing[] = {NULL};
    said(execve("/io/x", nothing, nothing) < 0 && errno == EACCES, "not execute from /io");
    said(mknod("/io/null", S_IFCHR | 0666, makedev(1, 3)) < 0, "no device in /io");
    said(access("/sys", F_OK) && access("/proc", F_OK) && access("/usr", F_OK), "nothing of the host");
    said(uring_symlink("/", "/io/ring") < 0 && errno == EPERM, "not link through io_uring");
    said(symlink("/", "/io/symlink") < 0 && errno == EPERM, "not make a symbolic link");
    said(link("/io/x", "/io/link") < 0 && errno == EPERM, "not give a second name");
    said(socket(AF_NETLINK, SOCK_RAW, 0) < 0 && errno == EPERM, "no netlink socket");
    said(socket(AF_INET, SOCK_DGRAM, 0) < 0 && errno == EPERM, "no IPv4 socket");
    struct statx x; // nobody serves the mount: it must not be asked
    if (!statx(AT_FDCWD, "/snap", AT_STATX_DONT_SYNC, STATX_TYPE | STATX_MODE, &x))
        said(S_ISDIR(x.stx_mode) && (x.stx_attributes & STATX_ATTR_MOUNT_ROOT), "snap");
    if (!stat("/drive", &s)) {
        char block[512];
        int drive = open("/drive", O_RDWR | O_CLOEXEC);
        said(S_ISBLK(s.st_mode) && drive >= 0 && read(drive, block, 512) == 512 && block[0] == 0, "read the drive");
        said((s.st_mode & 07777) == 0600 && s.st_uid == getuid(), "drive is its own");
    }
    fprintf(report, "done\n");
    fclose(report);
    sigset_t term;
    int signal;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    rename("/io/report.new", "/io/report");
    return sigwait(&term, &signal);
}
