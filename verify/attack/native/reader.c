// Takes the place of a guestd, of a sealer or of netd, as code would that has taken one over: its connection, what hostd hands it, its
// unit's confinement. What it tries is said on standard output, which is the journal. DEED chooses what it does after that:
// silence, network (silence of a netd, which may open taps and speak with the kernel's network), flood (packets and descriptors without
// end), hold (a sealer that opens: it serves the VM's mount until the VMM asks for something, and does not answer that), or take memory,
// processes or processor time without limit.
#define _GNU_SOURCE
#include "attack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fuse.h>
#include <linux/io_uring.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#define STR(x) #x
#define NAME(x) STR(x)
#define CONNECTION 3
#define MOST_HANDED 16
#define PACKET 65536
#define LARGE (1L << 42) // less than a file system allows

#define ABSENT ENOENT, ENOTDIR, EACCES
#define NOT_WRITTEN EROFS, ENOENT, ENOTDIR, EACCES, EPERM

static bool has_network; // as netd has
static int handed[MOST_HANDED];
static int handed_count;

// Waits for a packet of hostd's, and keeps the descriptors that come along. Returns false when hostd has hung up.
static bool receive(void) {
    static char packet[PACKET];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * MOST_HANDED)];
    } control;
    struct iovec data = {packet, sizeof packet};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (recvmsg(CONNECTION, &message, MSG_CMSG_CLOEXEC) <= 0)
        return false;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count && handed_count < MOST_HANDED; i++)
            memcpy(&handed[handed_count++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
    }
    return true;
}

static long reach(const char *path) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return connect(fd, (struct sockaddr *)&to, sizeof to);
}

static void files(void) {
    REFUSED("read passwords", open("/etc/shadow", O_RDONLY), ABSENT);
    REFUSED("read hostd's configuration", open("/etc/mvm/hostd.conf", O_RDONLY), ABSENT);
    REFUSED("read the node's key", open("/var/lib/mvm-hostd/keys/node", O_RDONLY), ABSENT);
    REFUSED("list the snapshots", open("/var/lib/mvm-hostd/snapshots", O_RDONLY | O_DIRECTORY), ABSENT);
    REFUSED("list the jails", open("/srv/mvm", O_RDONLY | O_DIRECTORY), ABSENT);
    REFUSED("read the agent's credential", open("/etc/mvm/credential", O_RDONLY), ABSENT);
    REFUSED("open the host's disk", open("/dev/vda", O_RDONLY), ENOENT, EPERM, EACCES);
    REFUSED("open the hypervisor", open("/dev/kvm", O_RDWR), ENOENT, EPERM, EACCES);
    if (!has_network)
        REFUSED("open a tap", open("/dev/net/tun", O_RDWR), ENOENT, EPERM, EACCES);
    REFUSED("open another fuse", open("/dev/fuse", O_RDWR), ENOENT, EPERM, EACCES);
    REFUSED("open device-mapper", open("/dev/mapper/control", O_RDWR), ENOENT, EPERM, EACCES);
    REFUSED("change a program", open("/usr/lib/mvm/mvm-launch", O_WRONLY), NOT_WRITTEN);
    REFUSED("change a unit", open("/etc/systemd/system/mvm.service", O_WRONLY | O_CREAT, 0644), NOT_WRITTEN);
    REFUSED("change the kernel's settings", open("/proc/sys/kernel/core_pattern", O_WRONLY), NOT_WRITTEN);
    REFUSED("make a router of the node", open("/proc/sys/net/ipv4/ip_forward", O_WRONLY), NOT_WRITTEN);
    REFUSED("leave its cgroup", open("/sys/fs/cgroup/cgroup.procs", O_WRONLY), NOT_WRITTEN);
    int file = open("/tmp/program", O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
    holds("it can make files of its own", file >= 0);
    REFUSED("one of them as large as it likes", ftruncate(file, LARGE), EFBIG);
    struct statfs temporary[2] = {0};
    holds("none of them is on the disk", !statfs("/tmp", &temporary[0]) && !statfs("/var/tmp", &temporary[1]) &&
                                             temporary[0].f_type == TMPFS_MAGIC && temporary[1].f_type == TMPFS_MAGIC);
    if (!has_network) // whose files nobody can execute; see its unit
        REFUSED("make it another user's", fchmod(file, 04755), EPERM);
    close(file);
    char *const nothing[] = {NULL};
    REFUSED("execute it", execve("/tmp/program", nothing, nothing), EACCES, EPERM);
    close(open("/var/tmp/program", O_CREAT | O_WRONLY | O_CLOEXEC, 0755));
    REFUSED("execute another", execve("/var/tmp/program", nothing, nothing), EACCES, EPERM);
    close(open("/dev/shm/program", O_CREAT | O_WRONLY | O_CLOEXEC, 0755));
    REFUSED("execute a third", execve("/dev/shm/program", nothing, nothing), EACCES, EPERM, ENOENT);
    REFUSED("execute a shell", execve("/bin/sh", nothing, nothing), EACCES, EPERM, ENOENT);
}

static void sockets(void) {
    struct sockaddr_in host = {.sin_family = AF_INET, .sin_port = htons(7080), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REFUSED("reach the coordinator", fd < 0 ? -1 : connect(fd, (struct sockaddr *)&host, sizeof host), EAFNOSUPPORT);
    if (!has_network)
        REFUSED("speak with the kernel's network", socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0), EAFNOSUPPORT);
    REFUSED("read packets", socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), EAFNOSUPPORT, EPERM);
    REFUSED("call a guest past hostd", socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0), EAFNOSUPPORT);
    REFUSED("have the kernel encrypt", socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), EAFNOSUPPORT);
    REFUSED("reach the launcher", reach("/run/mvm-root/launch.sock"), ABSENT);
    REFUSED("reach what makes networks", reach("/run/mvm-root/netd.sock"), ABSENT);
    REFUSED("start another guestd", reach("/run/mvm-root/guestd.sock"), ABSENT);
    REFUSED("start another sealer", reach("/run/mvm-root/sealer.sock"), ABSENT);
    REFUSED("reach hostd", reach("/run/mvm/hostd.sock"), ABSENT);
    REFUSED("reach the message bus", reach("/run/dbus/system_bus_socket"), ABSENT);
    REFUSED("reach the service manager", reach("/run/systemd/private"), ABSENT);
    static const char name[] = "mvm-test-abstract"; // the suite listens there
    struct sockaddr_un abstract = {.sun_family = AF_UNIX};
    memcpy(abstract.sun_path + 1, name, sizeof name - 1);
    socklen_t length = offsetof(struct sockaddr_un, sun_path) + sizeof name;
    int local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REFUSED("reach a socket without a path", connect(local, (struct sockaddr *)&abstract, length), ECONNREFUSED, EPERM);
}

static void powers(void) {
    REFUSED("become root", setuid(0), EPERM); // which its user namespace has
    REFUSED("a user namespace", unshare(CLONE_NEWUSER), EPERM);
    REFUSED("a mount namespace", unshare(CLONE_NEWNS), EPERM);
    REFUSED("another root directory", chroot("/tmp"), EPERM);
    REFUSED("mount", mount("none", "/tmp", "tmpfs", 0, NULL), EPERM);
    REFUSED("unmount", umount2("/tmp", MNT_DETACH), EPERM);
    REFUSED("make a disk", mknod("/tmp/vda", S_IFBLK | 0600, makedev(254, 0)), EPERM);
    int reached = 0; // the one that may end it is of its own user; nobody else is there to be signalled
    for (pid_t pid = 1; pid < 1 << 16; pid++)
        reached += pid != getpid() && pid != getppid() && kill(pid, 0) == 0;
    holds("it can signal no other process", reached == 0);
    REFUSED("trace the one that may end it", ptrace(PTRACE_SEIZE, getppid(), 0, 0), EPERM);
    REFUSED("see the first process", open("/proc/1/status", O_RDONLY), ENOENT);
    union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    REFUSED("programs in the kernel", syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map), EPERM);
    REFUSED("modules", syscall(SYS_init_module, "", 0, ""), EPERM);
    struct io_uring_params ring = {0};
    REFUSED("io_uring", syscall(SYS_io_uring_setup, 1, &ring), EPERM);
    REFUSED("other processes' keys", syscall(SYS_add_key, "user", "mvm", "x", 1, -4), EPERM);
    REFUSED("set the clock", syscall(SYS_settimeofday, &(struct timespec){1, 0}, NULL), EPERM);
    REFUSED("restart the machine", syscall(SYS_reboot, 0xfee1dead, 672274793, 0, NULL), EPERM);
    struct sched_param first = {.sched_priority = 1};
    REFUSED("run before all others", sched_setscheduler(0, SCHED_FIFO, &first), EPERM);
    REFUSED("run more often than others", setpriority(PRIO_PROCESS, 0, -20), EPERM, EACCES);
    struct rlimit files = {1 << 20, 1 << 20};
    REFUSED("more descriptors", setrlimit(RLIMIT_NOFILE, &files), EPERM);
}

static bool is_secret(int fd) {
    struct statfs system = {0};
    return !fstatfs(fd, &system) && system.f_type == SECRETMEM_MAGIC;
}

// What hostd hands over leads to nothing else.
static void descriptors(void) {
    char what[64], path[32];
    for (int i = 0; i < handed_count; i++) {
        struct stat status = {0}, after = {0};
        fstat(handed[i], &status);
        snprintf(what, sizeof what, "go up from descriptor %d", i);
        REFUSED(what, openat(handed[i], "..", O_RDONLY), ENOTDIR);
        if (!S_ISREG(status.st_mode))
            continue;
        snprintf(what, sizeof what, "give descriptor %d a name", i);
        REFUSED(what, linkat(handed[i], "", AT_FDCWD, "/tmp/name", AT_EMPTY_PATH), EPERM, ENOENT, EXDEV);
        snprintf(what, sizeof what, "make descriptor %d everybody's", i);
        REFUSED(what, fchmod(handed[i], 0666), EPERM);
        snprintf(what, sizeof what, "own descriptor %d", i);
        REFUSED(what, fchown(handed[i], getuid(), getgid()), EPERM);
        if ((fcntl(handed[i], F_GETFL) & O_ACCMODE) != O_RDONLY) {
            snprintf(what, sizeof what, "make descriptor %d as large as it likes", i);
            if (is_secret(handed[i])) // which keeps the size that it was given: secretmem_setattr() in mm/secretmem.c
                holds(what, ftruncate(handed[i], LARGE) && !fstat(handed[i], &after) && after.st_size == status.st_size);
            else
                REFUSED(what, ftruncate(handed[i], LARGE), EFBIG);
        } else {
            snprintf(what, sizeof what, "write what descriptor %d is for reading", i);
            snprintf(path, sizeof path, "/proc/self/fd/%d", handed[i]);
            REFUSED(what, open(path, O_RDWR), EACCES, EROFS);
        }
    }
}

// Sends a packet with as many descriptors as one may have, and as many of them as hostd takes.
static void flood(void) {
    static char packet[32] = "done 1";
    int many[200];
    for (size_t i = 0; i < sizeof many / sizeof *many; i++)
        many[i] = STDERR_FILENO;
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof many)];
    } control = {.align = {CMSG_LEN(sizeof many), SOL_SOCKET, SCM_RIGHTS}};
    memcpy(CMSG_DATA(&control.align), many, sizeof many);
    struct iovec data = {packet, sizeof packet};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    long sent = 0, last;
    // ETOOMANYREFS: the kernel keeps no more for a receiver that reads none
    while ((last = sendmsg(CONNECTION, &message, MSG_NOSIGNAL)) > 0 || errno == ETOOMANYREFS)
        last > 0 ? (void)sent++ : (void)usleep(10000);
    bool gone = errno == EPIPE || errno == ECONNRESET;
    dprintf(STDOUT_FILENO, gone ? "# hostd has hung up after %ld packets\n" : "# stopped after %ld packets: %m\n", sent);
}

// The /dev/fuse among what hostd has handed over, or -1.
static int mount_device(void) {
    for (int i = 0; i < handed_count; i++) {
        struct stat status = {0};
        if (!fstat(handed[i], &status) && S_ISCHR(status.st_mode) && status.st_rdev == makedev(10, 229))
            return handed[i];
    }
    return -1;
}

// Takes a request of the VMM's and never answers it: the VMM waits for that in the kernel, and no signal ends it while the device is open.
static void hold(void) {
    static union {
        struct fuse_in_header header;
        char bytes[1 << 18];
    } request;
    int device = mount_device();
    if (device < 0 || send(CONNECTION, "authentic", 9, MSG_NOSIGNAL) < 0) {
        dprintf(STDOUT_FILENO, "# it has no mount, or no hostd\n");
        return;
    }
    for (;;) {
        struct pollfd wait = {.fd = device, .events = POLLIN};
        poll(&wait, 1, -1);
        ssize_t size = read(device, &request, sizeof request);
        if (size < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOENT))
            continue;
        if (size < 0) {
            dprintf(STDOUT_FILENO, "# the mount is gone: %m\n");
            return;
        }
        if (request.header.opcode != FUSE_INIT) {
            dprintf(STDOUT_FILENO, "# holds a request, %u\n", request.header.opcode);
            return;
        }
        struct {
            struct fuse_out_header header;
            struct fuse_init_out init;
        } hello = {{sizeof hello, 0, request.header.unique},
                   {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 4096}};
        if (write(device, &hello, sizeof hello) < 0)
            dprintf(STDOUT_FILENO, "# the kernel takes no greeting: %m\n");
    }
}

int main(void) {
    const char *deed = NAME(DEED);
    if (!receive())
        return 0; // ended before it was asked anything
    signal(SIGXFSZ, SIG_IGN);
    has_network = !strcmp(deed, "network");
    if (!strcmp(deed, "silence") || has_network) {
        files();
        sockets();
        powers();
        descriptors();
        attacked();
    } else if (!strcmp(deed, "flood")) {
        flood();
    } else if (!strcmp(deed, "hold")) {
        hold();
    } else {
        hunger(deed);
    }
    for (;;) // says nothing, and does not go when hostd does
        if (!receive())
            pause();
}
