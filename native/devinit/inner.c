// The inner process, the first in its namespaces: makes what must exist before any daemon starts.
#include "devinit.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define FILES 4096 // descriptors that are kept for daemons have numbers above 1024

static bool mapped; // whether daemons have ids of their own

static void need(bool good, const char *what) {
    if (!good)
        die("%s: %s", what, strerror(errno));
}

static void make_directories_to(char *path) {
    for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = 0;
        need(!mkdir(path, 0755) || errno == EEXIST, path);
        *at = '/';
    }
}

// Covers each directory on the path that daemons may not enter, such as a home, with an empty one that holds this path
// only.
static void open_way(char *path) {
    struct stat s;
    for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = 0;
        if (!stat(path, &s) && !(s.st_mode & S_IXOTH))
            need(!mount("way", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755"), path);
        *at = '/';
    }
}

// Gives the fleet a /run and a /tmp of its own. What the configuration lists under `bind` stays in its place.
static void make_mounts(void) {
    int kept[LIST_MAX];
    need(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
    for (size_t i = 0; i < fleet.bind.count; i++) {
        kept[i] = open_tree(AT_FDCWD, fleet.bind.items[i], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        need(kept[i] >= 0, fleet.bind.items[i]);
    }
    fleet.outer_proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    need(!mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "/proc");
    int limit = open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC); // no user namespace below this one
    need(limit >= 0 && write(limit, "0", 1) == 1, "max_user_namespaces");
    close(limit);
    need(!mount("run", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755"), "/run");
    need(!mount("tmp", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"), "/tmp");
    for (size_t i = 0; i < fleet.bind.count; i++) {
        open_way(fleet.bind.items[i]);
        make_directories_to(fleet.bind.items[i]);
        need(!mkdir(fleet.bind.items[i], 0755) || errno == EEXIST, fleet.bind.items[i]);
        need(!move_mount(kept[i], "", AT_FDCWD, fleet.bind.items[i], MOVE_MOUNT_F_EMPTY_PATH), fleet.bind.items[i]);
        close(kept[i]);
    }
    need(!mkdir("/run/mvm", 0755) && !mkdir("/run/mvm-devinit", 0755), "/run");
}

static void own(const char *path, uint32_t user, uint32_t group, uint32_t mode) {
    need(!lchown(path, mapped ? user : 0, mapped ? group : 0) && !chmod(path, mode), path);
}

static void make_directory(const struct directory *d) {
    need(!mkdir(d->path, 0700) || errno == EEXIST, d->path);
    int there = open(d->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    need(there >= 0 && !fchown(there, mapped ? d->user : 0, mapped ? d->group : 0) && !fchmod(there, d->mode), d->path);
    close(there);
}

// Returns a bound socket, which listens unless it is for datagrams.
static int make_socket(const char *path, int type, uint32_t user, uint32_t group, uint32_t mode) {
    struct sockaddr_un address = {AF_UNIX, ""};
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0), yes = 1;
    need(fd >= 0, path);
    errno = ENAMETOOLONG;
    need(strlen(path) < sizeof address.sun_path, path);
    strcpy(address.sun_path, path);
    unlink(path);
    need(!bind(fd, (struct sockaddr *)&address, sizeof address), path);
    need(type == SOCK_DGRAM ? !setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) : !listen(fd, 128), path);
    own(path, user, group, mode);
    return fd;
}

// Makes the fleet's network namespace, which its descriptor keeps alive. A child makes it, because this process could
// not return to the host's namespace.
static void make_network(void) {
    int ends[2];
    char byte, path[32];
    need(!pipe2(ends, O_CLOEXEC), "pipe");
    pid_t pid = fork();
    if (pid == 0) {
        struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP};
        need(!unshare(CLONE_NEWNET) && !ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, &up), "network");
        need(write(ends[1], "", 1) == 1, "network");
        pause();
    }
    close(ends[1]);
    need(read(ends[0], &byte, 1) == 1, "network");
    close(ends[0]);
    snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
    fleet.network = open(path, O_RDONLY | O_CLOEXEC);
    kill(pid, SIGKILL);
    need(fleet.network >= 0 && waitpid(pid, NULL, 0) == pid, "network");
}

void inner_prepare(void) {
    struct rlimit files;
    need(!getrlimit(RLIMIT_NOFILE, &files), "limits");
    if (files.rlim_max < FILES)
        die("a process has to have %d open files, and may have %lu", FILES, files.rlim_max);
    files.rlim_cur = files.rlim_max;
    need(!setrlimit(RLIMIT_NOFILE, &files) && !chdir("/"), "limits");
    umask(0022);
    mapped = ids_are_mapped();
    make_mounts();
    make_network();
    for (size_t i = 0; i < fleet.directory_count; i++)
        make_directory(&fleet.directories[i]);
    for (size_t i = 0; i < fleet.socket_count; i++) {
        struct listener *l = &fleet.sockets[i];
        l->fd = make_socket(l->path, (l->type ? SOCK_SEQPACKET : SOCK_STREAM) | (l->accept ? SOCK_NONBLOCK : 0),
                            l->user, l->group, l->mode);
        if (!l->accept)
            fleet.daemons[l->daemon].listener = l->fd;
    }
    for (size_t i = 0; i < fleet.daemon_count; i++) {
        struct daemon *d = &fleet.daemons[i];
        char path[64];
        int ends[2];
        snprintf(path, sizeof path, "/run/mvm-devinit/%s", d->name);
        d->notify = make_socket(path, SOCK_DGRAM, d->user, d->group, 0600);
        need(!pipe2(ends, O_CLOEXEC) && !fcntl(ends[0], F_SETFL, O_NONBLOCK), "pipe");
        d->log_out = ends[0];
        d->log_in = ends[1];
        d->log_file = -1;
        d->state = d->per_connection ? READY : WAITING;
        d->user = mapped ? d->user : 0;
        d->group = mapped ? d->group : 0;
    }
}
