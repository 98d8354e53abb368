// The VMM's process, the first in its mount, pid, network, ipc, uts and cgroup namespaces. It gets a root directory
// with what QEMU needs, in which only /io can be written, and then drops every privilege.
#define _GNU_SOURCE
#include "qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define HARMLESS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
// With these bits user id 0 has no special rights. They are locked.
#define SECURITY_BITS                                                                                                  \
    (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |                   \
     SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)
#define NEW_ROOT "/tmp" // any directory will do: only this process sees the mount

static void set_attributes(int mounted, unsigned flags, uint64_t attributes, const char *name) {
    struct mount_attr set = {.attr_set = attributes};
    if (mount_setattr(mounted, "", AT_EMPTY_PATH | flags, &set, sizeof set))
        refuse(JAIL, errno, name);
}

static void place(int mounted, int root, const char *name) {
    if (mounted < 0 || move_mount(mounted, "", root, name, MOVE_MOUNT_F_EMPTY_PATH))
        refuse(JAIL, errno, name);
}

static void bind_directory(const char *source, int root, const char *name) {
    int tree = open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (tree < 0 || mkdirat(root, name, 0755))
        refuse(JAIL, errno, source);
    set_attributes(tree, AT_RECURSIVE, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, source);
    place(tree, root, name);
}

static void place_file(int mounted, int root, const char *name) {
    if (mknodat(root, name, S_IFREG | 0444, 0))
        refuse(JAIL, errno, name);
    set_attributes(mounted, 0, MOUNT_ATTR_RDONLY | HARMLESS, name);
    place(mounted, root, name);
}

static void bind_device(int root, const char *name) {
    char source[32];
    snprintf(source, sizeof source, "/%s", name);
    int tree = open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0 || mknodat(root, name, S_IFREG | 0444, 0))
        refuse(JAIL, errno, name);
    set_attributes(tree, 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, name);
    place(tree, root, name);
}

// Where /lib and /usr are merged, /lib is a link into /usr. Elsewhere it is a directory.
static void link_or_bind(const char *path, int root) {
    char target[PATH_MAX];
    ssize_t n = readlink(path, target, sizeof target - 1);
    if (n < 0 && errno == ENOENT)
        return;
    if (n < 0) {
        bind_directory(path, root, path + 1);
        return;
    }
    target[n] = 0;
    if (symlinkat(target, root, path + 1))
        refuse(JAIL, errno, path);
}

void qemu_jail_enter(const struct jail *mounts) {
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("mvm-jail", NEW_ROOT, "tmpfs", MS_NOSUID, "mode=0755,size=64k,nr_inodes=64"))
        refuse(JAIL, errno, "root");
    int root = open(NEW_ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || mkdirat(root, "dev", 0755) || mkdirat(root, "io", 0755))
        refuse(JAIL, errno, "root");
    bind_directory("/usr", root, "usr");
    link_or_bind("/bin", root);
    link_or_bind("/lib", root);
    link_or_bind("/lib64", root);
    bind_device(root, "dev/null");
    bind_device(root, "dev/zero");
    bind_device(root, "dev/random");
    bind_device(root, "dev/urandom");
    place(mounts->io, root, "io");
    set_attributes(mounts->io, 0, HARMLESS, "io");
    place_file(mounts->kernel, root, "kernel");
    place_file(mounts->rootfs, root, "rootfs");
    if (mounts->image >= 0)
        place_file(mounts->image, root, "image");
    if (fchdir(root) || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
        refuse(JAIL, errno, "pivot_root");
    struct mount_attr set = {.attr_set = MOUNT_ATTR_RDONLY | HARMLESS};
    if (mount_setattr(AT_FDCWD, "/", 0, &set, sizeof set) || sethostname("mvm", 3))
        refuse(JAIL, errno, "root");
}

static void drop_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) || syscall(SYS_capset, &header, none))
        refuse(IDENTITY, errno, "capabilities");
}

// An ordinary user's namespace may forbid setgroups(2). It then has no other user id either.
static void become(uint32_t user) {
    if (setgroups(0, NULL) && (user || errno != EPERM))
        refuse(IDENTITY, errno, "groups");
    if (setresgid(user, user, user) || setresuid(user, user, user))
        refuse(IDENTITY, errno, "user");
}

void qemu_jail_drop(uint32_t user) {
    const struct rlimit files = {1024, 1024};
    if (prctl(PR_SET_SECUREBITS, SECURITY_BITS, 0, 0, 0))
        refuse(IDENTITY, errno, "securebits");
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0))
            refuse(IDENTITY, errno, "bounding set");
    }
    become(user);
    drop_capabilities();
    if (setrlimit(RLIMIT_NOFILE, &files) || prctl(PR_SET_PDEATHSIG, SIGKILL) || setsid() < 0)
        refuse(IDENTITY, errno, "process");
}
