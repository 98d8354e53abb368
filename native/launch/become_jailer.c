// Production: makes a cgroup and a root directory for the VM and becomes the jailer, which becomes Firecracker. systemd
// starts one process per connection, as root with SYS_ADMIN, MKNOD, CHOWN, SETUID, SETGID and DAC_OVERRIDE.
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

#define CGROUPS "/sys/fs/cgroup"
#define JAILS "/srv/mvm/jail" // must be mounted without nodev and noexec
#define ARTEFACTS "/var/lib/mvm-hostd/artefacts"
#define JAILER "/usr/lib/mvm/jailer"
#define FIRECRACKER_NAME "firecracker" // the jailer takes it from the last part of the program's path
#define FIRECRACKER_PROGRAM "/usr/lib/mvm/" FIRECRACKER_NAME
#define FILTER "/usr/lib/mvm/seccomp.bpf"

const struct grammar *const become_grammar = &FIRECRACKER;

static char cgroup[PATH_MAX]; // the VM's, relative to CGROUPS
static int unit = -1;         // the directory of this unit's cgroup
static int console = -1;      // the VMM's standard output

const char *become_peer_unit(void) {
    const char *peer = getenv("MVM_PEER");
    return peer ? peer : ""; // no process is in this unit
}

uint32_t become_user(const struct request *r) {
    return r->uid;
}

// systemd delegated the unit's cgroup and put this process into its child "launch". A cgroup that hands controllers
// on holds no processes (cgroups(7)), hence the sibling "vm".
static void enter_cgroup(const struct request *r) {
    char own[PATH_MAX], path[PATH_MAX + sizeof CGROUPS];
    if (!read_text(AT_FDCWD, "/proc/self/cgroup", own, sizeof own))
        refuse(CGROUP, errno, "/proc/self/cgroup");
    own[strcspn(own, " \n")] = 0;
    char *last = strrchr(own, '/');
    if (strncmp(own, "0::/", 4) != 0 || strcmp(last, "/launch") != 0)
        refuse(CGROUP, EINVAL, "not in a unit's cgroup named launch");
    *last = 0;
    snprintf(path, sizeof path, CGROUPS "/%s", own + 4);
    snprintf(cgroup, sizeof cgroup, "%.*s/vm", (int)sizeof cgroup - 4, own + 4);
    unit = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (unit < 0 || mkdirat(unit, "vm", 0755) || !cgroup_put(unit, "vm/cgroup.procs", "0"))
        refuse(CGROUP, errno, "cgroup vm");
    if (!cgroup_put(unit, "cgroup.subtree_control", "+cpu +memory +pids"))
        refuse(CGROUP, errno, "controllers");
    cgroup_put(unit, "cgroup.subtree_control", "+io"); // limits_write sees whether it is there
    int group = openat(unit, "vm", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (group < 0)
        refuse(CGROUP, errno, "cgroup vm");
    const char *wrong = limits_write(group, r);
    if (wrong)
        refuse(CGROUP, errno, wrong);
    close(group);
}

// The mount namespace ends with the VM. No file of a jail is on disk, and no VM sees another's jail.
static int make_root(const struct request *r) {
    char options[64], jail[sizeof JAILS + 64], root[sizeof jail + 8];
    snprintf(jail, sizeof jail, JAILS "/" FIRECRACKER_NAME "/%s", r->id);
    snprintf(root, sizeof root, "%s/root", jail);
    snprintf(options, sizeof options, "mode=0700,noswap,nr_inodes=1k,size=%um", r->root_mib);
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
        refuse(JAIL, errno, "mount namespace");
    if (mount("mvm-jails", JAILS, "tmpfs", MS_NOSUID, "mode=0700,noswap,nr_inodes=8,size=64k"))
        refuse(JAIL, errno, JAILS);
    if (mkdir(JAILS "/" FIRECRACKER_NAME, 0700) || mkdir(jail, 0700) || mkdir(root, 0700))
        refuse(JAIL, errno, "directory");
    if (mount("mvm-jail", root, "tmpfs", MS_NOSUID, options))
        refuse(JAIL, errno, "tmpfs");
    int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        refuse(JAIL, errno, "root");
    return directory;
}

static void attach(int mounted, int root, const char *name, bool file) {
    uint64_t flags = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | (file ? MOUNT_ATTR_RDONLY : 0);
    struct mount_attr set = {.attr_set = flags};
    if ((file ? mknodat(root, name, S_IFREG | 0444, 0) : mkdirat(root, name, 0700)) ||
        move_mount(mounted, "", root, name, MOVE_MOUNT_F_EMPTY_PATH) ||
        mount_setattr(mounted, "", AT_EMPTY_PATH, &set, sizeof set))
        refuse(JAIL, errno, name);
}

void become_prepare(const struct request *r) {
    struct stat s;
    int kernel = artefact_tree(r->fd[KERNEL], ARTEFACTS);
    int rootfs = artefact_tree(r->fd[ROOTFS], ARTEFACTS);
    int image = r->fd[IMAGE] < 0 ? -1 : artefact_tree(r->fd[IMAGE], ARTEFACTS);
    enter_cgroup(r);
    int root = make_root(r);
    int io = mount_io(r->uid, false);
    attach(io, root, "io", false);
    console = console_make(io, O_RDWR); // with a reader of its own it keeps what is printed before there is another
    if (r->fd[SNAP] >= 0)
        attach(mount_snap(r->fd[SNAP]), root, "snap", false);
    attach(kernel, root, "kernel", true);
    attach(rootfs, root, "rootfs", true);
    if (image >= 0)
        attach(image, root, "image", true);
    if (r->strict) {
        int filter = open_tree(AT_FDCWD, FILTER, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        if (filter < 0)
            refuse(JAIL, errno, FILTER);
        attach(filter, root, "seccomp", true);
    }
    if (r->fd[DRIVE] >= 0 && (fstat(r->fd[DRIVE], &s) || mknodat(root, "drive", S_IFBLK | 0600, s.st_rdev) ||
                              fchownat(root, "drive", r->uid, r->uid, AT_SYMLINK_NOFOLLOW)))
        refuse(JAIL, errno, "drive");
    int ready[READY_FDS] = {pidfd_open(getpid(), 0), mount_copy(io)};
    if (ready[0] < 0)
        refuse(IDENTITY, errno, "pidfd");
    network_make(&ready[2], &ready[3]);
    filter_install();
    connection_ready(getpid(), cgroup, ready);
    say("%s ready pid=%d cgroup=%s", r->id, getpid(), cgroup);
}

_Noreturn void become_go(const struct request *r) {
    char user[12];
    snprintf(user, sizeof user, "%u", r->uid);
    const char *const arguments[] = {
        JAILER, "--id", r->id,
        "--exec-file", FIRECRACKER_PROGRAM,
        "--uid", user, "--gid", user,
        "--chroot-base-dir", JAILS,
        "--cgroup-version", "2", "--parent-cgroup", cgroup,
        "--", "--api-sock", "/io/api.sock",
        r->strict ? "--seccomp-filter" : NULL, "/seccomp", NULL};
    char *const nothing[] = {NULL};
    if (dup2(console, STDOUT_FILENO) < 0)
        refuse(IDENTITY, errno, "console");
    umask(0007); // hostd reaches the VMM's sockets by their group
    execve(JAILER, (char *const *)arguments, nothing);
    refuse(EXEC, errno, JAILER);
}

// A cgroup has one microVM for good: if the process lives after its cgroup was opened, that is the one.
const char *become_end(int pidfd) {
    static const char OWN[] = "0::/mvm.slice/mvm-launch@";
    char text[PATH_MAX], path[PATH_MAX + sizeof CGROUPS];
    if (!pidfd_cgroup(pidfd, text, sizeof text))
        return pidfd_ended(pidfd) ? NULL : "no process";
    errno = EPERM;
    if (strncmp(text, OWN, sizeof OWN - 1) != 0)
        return "the process is no microVM's";
    text[strcspn(text, " \n")] = 0;
    snprintf(path, sizeof path, CGROUPS "%s", text + strlen("0::"));
    int group = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool killed = group >= 0 && (pidfd_ended(pidfd) || cgroup_put(group, "cgroup.kill", "1"));
    int error = errno;
    if (group >= 0)
        close(group);
    errno = error;
    return killed || error == ENOENT || error == ENODEV ? NULL : "cgroup.kill"; // or the cgroup has gone with it
}

void become_undo(void) {
    if (unit >= 0 && cgroup_put(unit, "launch/cgroup.procs", "0"))
        unlinkat(unit, "vm", AT_REMOVEDIR);
}
