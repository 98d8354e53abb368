// mvm-launch as a whole. As root on a machine of its own (--whole): everything up to the jailer and the stand-in VMM,
// in a cgroup tree like systemd's. Elsewhere only the steps before the cgroup.
//   production_test LAUNCHER [--whole]
#define _GNU_SOURCE
#include "../../testlib/tap.h"
#include "hostd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/dm-ioctl.h>
#include <linux/fuse.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define UID 1879049993u // net 7, offset 9
#define STORE "/var/lib/mvm-hostd/artefacts/"
#define CGROUPS "/sys/fs/cgroup/"
#define UNIT "mvm.slice/mvm-launch@1-2-0.service"
#define HOSTD "system.slice/mvm-hostd.service"
#define SIZE "vcpus=2\nmem=128\nroot=12\n"
#define REQUEST(fds) "mvm-launch 4\nvmm=firecracker\nid=i-00000001\nuid=1879049993\n" SIZE "strict=0\ndisk_mib=0\ndisk_requests=0\nfds=" fds "\n"
#define END "mvm-launch 4\nend\n"
#define PLAIN REQUEST("kernel,rootfs")

static const char *launcher;
static bool whole;
static int kernel, rootfs;

static bool exited(int status, int code) {
    return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

static void put(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        stop(path);
    close(fd);
}

static void folder(const char *path) {
    char part[512];
    for (const char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(at - path), path);
        if (mkdir(part, 0755) && errno != EEXIST)
            stop(part);
    }
    if (mkdir(path, 0755) && errno != EEXIST)
        stop(path);
}

// Starts a launcher for a connection in the unit's cgroup, as systemd does.
static struct launch start_unit(void) {
    if (whole) {
        folder(CGROUPS UNIT "/launch");
        start_in = CGROUPS UNIT "/launch/cgroup.procs";
    }
    struct launch l = start(launcher, 3);
    start_in = NULL;
    return l;
}

// Removes the cgroups, as systemd does when the unit's last process has ended.
static bool unit_is_empty(void) {
    return !whole || ((rmdir(CGROUPS UNIT "/vm") == 0 || errno == ENOENT) && rmdir(CGROUPS UNIT "/launch") == 0 &&
                      rmdir(CGROUPS UNIT) == 0);
}

static bool nothing_on_disk(void) {
    return access("/srv/mvm/jail", F_OK) == 0 && access("/srv/mvm/jail/firecracker", F_OK) && errno == ENOENT;
}

static void refused(const char *name, const char *error, const char *request, const int *fds, size_t count) {
    struct launch l = start_unit();
    ask(&l, request, strlen(request), fds, count);
    const char *got = answer(&l, NULL);
    tap(strcmp(got, error) == 0, "%s: %s", name, got);
    bool ended = exited(finish(&l), 70); // it answers first and removes its cgroup afterwards
    tap(ended && access(CGROUPS UNIT "/vm", F_OK) && unit_is_empty() && nothing_on_disk(),
        "%s: no process, no cgroup, no directory is left", name);
}

static void refuses_requests(void) {
    const int fds[] = {kernel, rootfs, rootfs};
    int process = pidfd_open(getpid(), 0);
    const int both[] = {process, process};
    refused("a request for the other VMM", "error request 22", "mvm-launch 4\nvmm=qemu\n", fds, 2);
    refused("a path as id", "error request 22",
            "mvm-launch 4\nvmm=firecracker\nid=i-../../..\nuid=1879049993\n" SIZE "strict=0\ndisk_mib=0\ndisk_requests=0\nfds=kernel,rootfs\n",
            fds, 3);
    refused("user 0", "error request 22",
            "mvm-launch 4\nvmm=firecracker\nid=i-00000001\nuid=0\n" SIZE "strict=0\ndisk_mib=0\ndisk_requests=0\nfds=kernel,rootfs\n", fds, 3);
    refused("a descriptor too few", "error descriptor 22", PLAIN, fds, 1);
    refused("a descriptor too many", "error descriptor 22", PLAIN, fds, 3);
    refused("an end of nothing", "error descriptor 22", END, NULL, 0);
    refused("an end of two processes", "error descriptor 22", END, both, 2);
    refused("an end of a file", "error descriptor 9", END, &kernel, 1);
    refused("an end of hostd itself", "error descriptor 1", END, &process, 1);
    tap(lives(process), "an end of hostd itself: it lives");
    close(process);
}

static void refused_fds(const char *name, int k, int r) {
    const int fds[] = {k, r};
    refused(name, "error descriptor 22", PLAIN, fds, 2);
}

static void refuses_descriptors(void) {
    int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), null = open("/dev/null", O_RDWR | O_CLOEXEC), mounted = own_tmpfs("0700", UID);
    int reader = open("/dev/fuse", O_RDONLY | O_CLOEXEC);
    const int drive[] = {kernel, rootfs, null}, file[] = {kernel, rootfs, kernel};
    const int tree[] = {kernel, rootfs, mounted}, half[] = {kernel, rootfs, reader};
    refused_fds("kernel is a namespace", own, rootfs);
    refused_fds("kernel is a device", null, rootfs);
    refused("drive is not a block device", "error descriptor 22", REQUEST("kernel,rootfs,drive"), drive, 3);
    refused("snap is a file", "error descriptor 22", REQUEST("kernel,rootfs,snap"), file, 3);
    refused("snap is a mount", "error descriptor 22", REQUEST("kernel,rootfs,snap"), tree, 3);
    refused("snap is another device", "error descriptor 22", REQUEST("kernel,rootfs,snap"), drive, 3);
    refused("snap is opened for reading", "error descriptor 22", REQUEST("kernel,rootfs,snap"), half, 3);
    close(mounted);
    close(reader);
    close(own);
    close(null);
}

static void refuses_peers(void) {
    const int fds[] = {kernel, rootfs};
    static const char *const UNITS[] = {"", "0::/system.slice/other.service", "0::/system.slice/mvm-hostd.servic",
                                        "0::/system.slice/mvm-hostd.service2", "hostd"};
    char *right = strdup(getenv("MVM_PEER"));
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++) {
        setenv("MVM_PEER", UNITS[i], 1);
        refused("a peer of another unit", "error peer 0", PLAIN, fds, 2);
    }
    unsetenv("MVM_PEER");
    refused("no unit named", "error peer 0", PLAIN, fds, 2);
    setenv("MVM_PEER", right, 1);
    free(right);
}

// Without a unit's cgroup nothing is launched: the VMM would have no limits.
static void refuses_without_cgroup(void) {
    const int fds[] = {kernel, rootfs};
    struct launch l = start(launcher, 3);
    ask(&l, PLAIN, strlen(PLAIN), fds, 2);
    const char *got = answer(&l, NULL);
    tap(strcmp(got, "error cgroup 22") == 0, "no unit, no launch: %s", got);
    tap(exited(finish(&l), 70), "no unit: the launcher ends");
}

static void refuses_foreign_artefacts(void) {
    folder("/var/lib/other");
    int elsewhere = own_file("/var/lib/other/kernel", 0444, O_RDONLY);
    int wide = own_file(STORE "wide", 0666, O_RDONLY), deeper;
    int users = own_file(STORE "users", 0444, O_RDONLY);
    folder(STORE "folder");
    deeper = own_file(STORE "folder/kernel", 0444, O_RDONLY);
    if (chown(STORE "users", 1, 1))
        stop("chown");
    refused_fds("kernel is not in the store", elsewhere, rootfs);
    refused_fds("kernel is deeper in the store", deeper, rootfs);
    refused_fds("kernel can be written by all", wide, rootfs);
    refused_fds("kernel is not root's", users, rootfs);
    unlink(STORE "wide");
    refused_fds("kernel is deleted", wide, rootfs);
    if (symlink("/var/lib/other/kernel", STORE "wide"))
        stop("symlink");
    int link = open(STORE "wide", O_RDONLY | O_CLOEXEC);
    refused_fds("kernel is a link out of the store", link, rootfs);
    close(elsewhere);
    close(wide);
    close(users);
    close(deeper);
    close(link);
}

static bool has_line(const char *path, const char *line) {
    char text[65536], wanted[512];
    snprintf(text, sizeof text, "\n%s", read_at(AT_FDCWD, path));
    snprintf(wanted, sizeof wanted, "\n%s\n", line);
    return strstr(text, wanted) != NULL;
}

static void check_from_outside(pid_t pid) {
    char path[64], line[128];
    snprintf(path, sizeof path, "/proc/%d/cgroup", pid);
    tap(has_line(path, "0::/" UNIT "/vm"), "the VMM is in the cgroup that was named");
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    snprintf(line, sizeof line, "Uid:\t%u\t%u\t%u\t%u", UID, UID, UID, UID);
    tap(has_line(path, line), "the VMM has the instance's user");
    tap(has_line(path, "Seccomp_filters:\t1"), "the launcher's filter is on it");
    tap(has_line(path, "CapEff:\t0000000000000000") && has_line(path, "CapPrm:\t0000000000000000"), "no capability");
    char its[64], own[64] = "", have[64] = "";
    snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
    if (readlink("/proc/self/ns/net", own, sizeof own - 1) < 0 || readlink(path, have, sizeof have - 1) < 0)
        stop(path);
    tap(strncmp(have, "net:", 4) == 0 && strcmp(have, own) != 0, "the VMM is in a network namespace of its own");
    snprintf(its, sizeof its, "/proc/%d/mountinfo", pid);
    char *mounts = strdup(read_at(AT_FDCWD, its)), *rest = mounts, seen[256] = "";
    bool harmless = true, swapless = strstr(mounts, "noswap");
    for (char *mount; (mount = strsep(&rest, "\n")) && *mount;) {
        char point[128], options[128];
        sscanf(mount, "%*s %*s %*s %*s %127s %127s", point, options);
        snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s ", point);
        bool file = strcmp(point, "/kernel") == 0 || strcmp(point, "/rootfs") == 0;
        harmless = harmless && strstr(options, "nosuid") && (!file || strncmp(options, "ro,", 3) == 0) &&
                   (strcmp(point, "/") == 0 || strstr(options, "nodev,noexec"));
    }
    free(mounts);
    tap(strcmp(seen, "/ /io /kernel /rootfs ") == 0, "mounts: %s", seen);
    tap(harmless && swapless,
        "none with set-user-id, devices or programs in it, artefacts read-only, root never swapped");
}

static void show_report(int at, int vmm) {
    char *report = strdup(report_of(at, vmm)), *rest = report;
    for (char *line; (line = strsep(&rest, "\n")) && *line;) {
        if (strncmp(line, "done", 4) != 0)
            tap(strncmp(line, "ok ", 3) == 0, "in the jail: %s", strchr(line, ' ') + 1);
    }
    tap(strstr(read_at(at, "report"), "\ndone\n"), "the VMM came to its end");
    char first[7] = "";
    int console = openat(at, "console", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    tap(read(console, first, 6) == 6 && strcmp(first, "hello\n") == 0, "what it has printed is in the pipe");
    close(console);
    free(report);
}

static bool has(const char *limit, const char *value) {
    char path[256];
    snprintf(path, sizeof path, CGROUPS UNIT "/vm/%s", limit);
    return strcmp(read_at(AT_FDCWD, path), value) == 0;
}

static bool has_limits(void) {
    return has("memory.max", "201326592\n") && has("memory.swap.max", "0\n") && has("memory.oom.group", "1\n") &&
           has("pids.max", "34\n") && has("cpu.max", "200000 100000\n");
}

// A kernel that cannot limit processes: nothing is launched there.
static void refuses_without_controller(void) {
    const int fds[] = {kernel, rootfs};
    put(CGROUPS "mvm.slice/cgroup.subtree_control", "-pids");
    refused("no controller for processes", "error cgroup 2", PLAIN, fds, 2);
    put(CGROUPS "mvm.slice/cgroup.subtree_control", "+pids");
}

// Does as netd with CAP_NET_ADMIN alone: makes a tap in the VM's namespace, and takes it into its own.
static void makes_and_fetches_tap(int tun, int route) {
    struct ifreq made = {.ifr_name = "tn7i9", .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR}, seen = made;
    int here = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    tap(ioctl(tun, TUNSETIFF, &made) == 0 && ioctl(tun, TUNSETPERSIST, 1) == 0, "netd makes a tap by the descriptor");
    tap(ioctl(here, SIOCGIFINDEX, &seen) < 0 && errno == ENODEV, "the tap is not in netd's namespace");
    struct {
        struct nlmsghdr header;
        struct ifinfomsg link;
        struct rtattr name;
        char text[8];
        struct rtattr where;
        int namespace;
    } move = {
        .header = {.nlmsg_len = sizeof move, .nlmsg_type = RTM_SETLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
        .name = {.rta_len = RTA_LENGTH(sizeof "tn7i9"), .rta_type = IFLA_IFNAME},
        .text = "tn7i9",
        .where = {.rta_len = RTA_LENGTH(sizeof own), .rta_type = IFLA_NET_NS_FD},
        .namespace = own};
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
    } answer;
    close(tun);
    // with an address: else the kernel asks for the capability of who opened the socket as well
    struct sockaddr_nl kernel_itself = {.nl_family = AF_NETLINK};
    bool sent = sendto(route, &move, sizeof move, 0, (struct sockaddr *)&kernel_itself, sizeof kernel_itself) > 0;
    bool said = recv(route, &answer, sizeof answer, 0) > 0 && answer.header.nlmsg_type == NLMSG_ERROR;
    tap(sent && said && answer.error.error == 0, "netd fetches it by the socket: %d", answer.error.error);
    tap(ioctl(here, SIOCGIFINDEX, &seen) == 0, "the tap is in netd's namespace");
    tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    tap(ioctl(tun, TUNSETIFF, &made) == 0 && ioctl(tun, TUNSETPERSIST, 0) == 0, "and is removed there");
    close(tun);
    close(route);
    close(here);
    close(own);
}

// Of one unit, while a VM of another runs. A request for a VM follows on the same connection.
static void ends_by_another_launcher(int vmm) {
    static char other[] = CGROUPS "mvm.slice/mvm-launch@3-4-0.service/launch/cgroup.procs";
    folder(CGROUPS "mvm.slice/mvm-launch@3-4-0.service/launch");
    start_in = other;
    struct launch l = start(launcher, 3);
    start_in = NULL;
    ask(&l, END, strlen(END), &vmm, 1);
    tap(strcmp(answer(&l, NULL), "ended") == 0, "another launcher ends it");
    tap(gone(vmm), "it has ended");
    ask(&l, END, strlen(END), &vmm, 1);
    tap(strcmp(answer(&l, NULL), "ended") == 0, "once more, of what has ended");
    ask(&l, "mvm-launch 4\nvmm=qemu\n", 22, NULL, 0);
    tap(strcmp(answer(&l, NULL), "error request 22") == 0, "it still serves requests for a VM");
    finish(&l);
    rmdir(CGROUPS "mvm.slice/mvm-launch@3-4-0.service/launch");
    rmdir(CGROUPS "mvm.slice/mvm-launch@3-4-0.service");
}

static void launches(void) {
    int vmm, io;
    const int fds[] = {kernel, rootfs};
    struct launch l = start_unit();
    pid_t pid = -1;
    char cgroup[256] = "";
    ask(&l, PLAIN, strlen(PLAIN), fds, 2);
    int ready[4];
    const char *got = answer_all(&l, ready);
    vmm = ready[0];
    io = ready[1];
    sscanf(got, "ready pid=%d cgroup=%255s", &pid, cgroup);
    tap(is_alone(io), "nothing is above the VM's directory");
    makes_and_fetches_tap(ready[2], ready[3]);
    tap(pid == l.pid && vmm >= 0 && strcmp(cgroup, UNIT "/vm") == 0, "%s", got);
    tap(has_limits(), "the limits are in force before the word to go");
    ask(&l, "go", 2, NULL, 0);
    show_report(io, vmm);
    tap(is_alone(io), "nothing is above it when the VMM runs");
    check_from_outside(pid);
    struct sockaddr_un api = {AF_UNIX, ""};
    snprintf(api.sun_path, sizeof api.sun_path, "/proc/self/fd/%d/api.sock", io);
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    tap(connect(s, (struct sockaddr *)&api, sizeof api) == 0, "hostd reaches the API socket by the descriptor it kept");
    close(s);
    close(l.connection);
    l.connection = -1;
    tap(lives_on(vmm), "the VM outlives hostd's connection");
    ends_by_another_launcher(vmm);
    tap(gone(vmm), "and it ends");
    finish(&l);
    tap(unit_is_empty(), "the unit is empty");
    tap(nothing_on_disk(), "nothing of the jail is left");
    close(vmm);
    close(io);
}

static void ends_with_hostd_before_go(void) {
    int vmm, io;
    const int fds[] = {kernel, rootfs};
    struct launch l = start_unit();
    ask(&l, PLAIN, strlen(PLAIN), fds, 2);
    answer_ready(&l, &vmm, &io);
    tap(vmm >= 0, "prepared");
    tap(exited(finish(&l), 71) && gone(vmm), "hostd goes before `go`: the launcher ends");
    tap(access(CGROUPS UNIT "/vm", F_OK) && unit_is_empty() && nothing_on_disk(),
        "hostd goes before `go`: no cgroup, no directory is left");
    close(vmm);
    close(io);
}

// A volume of 512 zero bytes named `name`, by the ioctls of linux/dm-ioctl.h.
static int volume(const char *name) {
    static struct {
        struct dm_ioctl head;
        struct dm_target_spec target;
        char parameters[16];
    } dm;
    int control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
    static const unsigned long STEPS[] = {DM_DEV_CREATE, DM_TABLE_LOAD, DM_DEV_SUSPEND};
    for (size_t i = 0; i < 3; i++) {
        memset(&dm, 0, sizeof dm);
        dm.head.version[0] = DM_VERSION_MAJOR;
        dm.head.data_size = sizeof dm;
        dm.head.data_start = sizeof dm.head;
        snprintf(dm.head.name, sizeof dm.head.name, "%s", name);
        dm.head.target_count = i == 1;
        dm.target.length = 8;
        snprintf(dm.target.target_type, sizeof dm.target.target_type, "zero");
        if (ioctl(control, STEPS[i], &dm))
            stop(name);
    }
    close(control);
    char path[64];
    snprintf(path, sizeof path, "/run/%s", name);
    if (mknod(path, S_IFBLK | 0600, (dev_t)dm.head.dev))
        stop(path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        stop(path);
    return fd;
}

// Returns the operation of the next request that waits for the server of a FUSE mount, 0 if there is none.
static uint32_t next_request(int device) {
    static char buffer[FUSE_MIN_READ_BUFFER * 32];
    const struct fuse_in_header *header = (const struct fuse_in_header *)buffer;
    return read(device, buffer, sizeof buffer) < (ssize_t)sizeof *header ? 0 : header->opcode;
}

static void takes_drive_and_snap(void) {
    int vmm, io, snap = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC), other = volume("mvm-i-00000002");
    int longer = volume("mvm-i-000000011"), drive = volume("mvm-i-00000001-data");
    const int foreign[] = {kernel, rootfs, other}, prefix[] = {kernel, rootfs, longer};
    refused("drive of another instance", "error descriptor 22", REQUEST("kernel,rootfs,drive"), foreign, 3);
    refused("drive of a similar name", "error descriptor 22", REQUEST("kernel,rootfs,drive"), prefix, 3);
    const int fds[] = {kernel, rootfs, drive, snap};
    static const char ALL[] = REQUEST("kernel,rootfs,drive,snap");
    struct launch l = start_unit();
    ask(&l, ALL, strlen(ALL), fds, 4);
    const char *got = answer_ready(&l, &vmm, &io);
    tap(vmm >= 0, "with drive and snap: %s", got);
    tap(next_request(snap) == FUSE_INIT && next_request(snap) == 0, "nobody has asked for anything in the snap mount");
    ask(&l, "go", 2, NULL, 0);
    show_report(io, vmm);
    kill(l.pid, SIGTERM);
    tap(gone(vmm), "SIGTERM ends it");
    finish(&l);
    tap(unit_is_empty(), "the unit is empty");
    close(vmm);
    close(io);
    close(snap);
    close(other);
    close(longer);
    close(drive);
}

// The request does not carry the filter. It is the installed one, or no VM starts.
static void takes_filter(void) {
    int vmm, io;
    const int fds[] = {kernel, rootfs};
    static const char STRICT[] =
        "mvm-launch 4\nvmm=firecracker\nid=i-00000001\nuid=1879049993\n" SIZE "strict=1\ndisk_mib=0\ndisk_requests=0\nfds=kernel,rootfs\n";
    refused("strict, and no filter is installed", "error jail 2", STRICT, fds, 2);
    close(own_file("/usr/lib/mvm/seccomp.bpf", 0644, O_RDONLY));
    struct launch l = start_unit();
    ask(&l, STRICT, strlen(STRICT), fds, 2);
    const char *got = answer_ready(&l, &vmm, &io);
    tap(vmm >= 0, "strict: %s", got);
    ask(&l, "go", 2, NULL, 0);
    show_report(io, vmm);
    tap(strstr(report_of(io, vmm), "/seccomp"), "strict: the VMM was told of the filter");
    kill(l.pid, SIGTERM);
    tap(gone(vmm), "strict: SIGTERM ends it");
    finish(&l);
    tap(unit_is_empty() && nothing_on_disk(), "strict: nothing is left");
    unlink("/usr/lib/mvm/seccomp.bpf");
    close(vmm);
    close(io);
}

static void says_when_exec_fails(void) {
    int vmm, io;
    const int fds[] = {kernel, rootfs};
    struct launch l = start_unit();
    ask(&l, PLAIN, strlen(PLAIN), fds, 2);
    answer_ready(&l, &vmm, &io);
    if (rename("/usr/lib/mvm/jailer", "/usr/lib/mvm/jailer.away"))
        stop("rename");
    ask(&l, "go", 2, NULL, 0);
    const char *got = answer(&l, NULL);
    tap(strcmp(got, "error exec 2") == 0, "no jailer: %s", got);
    tap(exited(finish(&l), 70) && unit_is_empty(), "no jailer: nothing is left");
    rename("/usr/lib/mvm/jailer.away", "/usr/lib/mvm/jailer");
    close(vmm);
    close(io);
}

// hostd has a mount namespace of its own, and the launcher six capabilities.
static void be_apart(void) {
    start_in_mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    start_with_capabilities = 1ull << CAP_SYS_ADMIN | 1ull << CAP_MKNOD | 1ull << CAP_CHOWN | 1ull << CAP_SETUID |
                              1ull << CAP_SETGID | 1ull << CAP_DAC_OVERRIDE;
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
        stop("mount namespace");
}

int main(int count, char **arguments) {
    char own[4096] = "0::/" HOSTD;
    if (count < 2)
        return 2;
    launcher = arguments[1];
    whole = count == 3;
    umask(0);
    signal(SIGPIPE, SIG_IGN);
    folder("/srv/mvm/jail");
    folder("/var/lib/mvm-hostd/artefacts");
    if (whole) {
        folder(CGROUPS HOSTD);
        folder(CGROUPS "mvm.slice");
        put(CGROUPS "mvm.slice/cgroup.subtree_control", "+cpu +memory +pids");
        put(CGROUPS HOSTD "/cgroup.procs", "0");
        be_apart();
    } else {
        snprintf(own, sizeof own, "%s", read_at(AT_FDCWD, "/proc/self/cgroup"));
        own[strcspn(own, "\n")] = 0;
    }
    setenv("MVM_PEER", own, 1);
    kernel = own_file(STORE "kernel", 0444, O_RDONLY);
    rootfs = own_file(STORE "rootfs", 0644, O_RDONLY);
    refuses_requests();
    refuses_descriptors();
    refuses_peers();
    refuses_without_cgroup();
    if (whole) {
        refuses_foreign_artefacts();
        refuses_without_controller();
        launches();
        launches(); // the same id again, with what the first launch left
        ends_with_hostd_before_go();
        takes_drive_and_snap();
        takes_filter();
        says_when_exec_fails();
    }
    return tap_end();
}
