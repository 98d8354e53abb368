// What the program sees of its machine: what container users know. Paths are followed in the image's root, which
// nothing else uses yet: a link of the image leads nowhere else, and to one place each time. What the machine mounts,
// and its own files, are at the paths that the program, the agent and the masks use: links there are refused.
#include "init.h"

#include <glob.h>
#include <sys/sysmacros.h>

#define KERNELS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

// Numbers of the kernel's Documentation/admin-guide/devices.txt.
static const struct {
    const char *path;
    unsigned major, minor;
} DEVICES[] = {{"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
               {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0}};
static const char *const LINKS[][2] = {{"/dev/fd", "/proc/self/fd"},
                                       {"/dev/stdin", "/proc/self/fd/0"},
                                       {"/dev/stdout", "/proc/self/fd/1"},
                                       {"/dev/stderr", "/proc/self/fd/2"},
                                       {"/dev/ptmx", "pts/ptmx"}};

static _Noreturn void give_up(const char *path) {
    fail("root_invalid", NOT_STARTED, path, errno);
}

// All folders of a path. Links in it are followed, in the image's root; with AT_SYMLINK_NOFOLLOW they are refused.
static void folders(const char *path, mode_t mode, int flags) {
    char part[PATH_SIZE * 16];
    struct stat s;
    for (const char *at = path; *at; at += strcspn(at, "/")) {
        at += strspn(at, "/");
        int length = (int)(at - path + (ptrdiff_t)strcspn(at, "/"));
        if (snprintf(part, sizeof part, "%.*s", length, path) >= (int)sizeof part)
            errno = ENAMETOOLONG;
        else if (mkdir(part, mode) == 0 ||
                 (errno == EEXIST && fstatat(AT_FDCWD, part, &s, flags) == 0 && S_ISDIR(s.st_mode)))
            continue;
        give_up(path);
    }
}

static void mount_on(const char *path, mode_t mode, const char *type, unsigned long flags, const char *options) {
    folders(path, mode, AT_SYMLINK_NOFOLLOW);
    if (mount(type, path, type, MS_NOSUID | flags, options))
        give_up(path);
}

static void make_devices(void) {
    mount_on("/dev", 0755, "tmpfs", MS_NOEXEC, "mode=755,size=64k");
    for (size_t i = 0; i < sizeof DEVICES / sizeof *DEVICES; i++) {
        if (mknod(DEVICES[i].path, S_IFCHR | 0666, makedev(DEVICES[i].major, DEVICES[i].minor)))
            give_up(DEVICES[i].path);
    }
    for (size_t i = 0; i < sizeof LINKS / sizeof *LINKS; i++) {
        if (symlink(LINKS[i][1], LINKS[i][0]))
            give_up(LINKS[i][0]);
    }
    mount_on("/dev/pts", 0755, "devpts", MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
    mount_on("/dev/shm", 01777, "tmpfs", MS_NODEV | MS_NOEXEC, "mode=1777,size=64m");
    mount_on("/dev/mqueue", 01777, "mqueue", MS_NODEV | MS_NOEXEC, NULL);
}

// Where the agent, which lives in this view, finds its host under QEMU. The kernel knows the device and the driver's
// number from its start, and the port itself some time later. Without the device the host is at a vsock.
static void make_agents_port(void) {
    static const char DEVICE[] = "/sys/bus/virtio/drivers/virtio_console/virtio", DRIVER[] = " virtio-portsdev\n";
    char text[LINE_MAX_BYTES], path[32];
    glob_t devices;
    if (glob("/sys/bus/virtio/drivers/virtio_console/virtio*", 0, NULL, &devices))
        return;
    const char *name = read_file("/proc/devices", text, sizeof text) ? strstr(text, DRIVER) : NULL;
    snprintf(path, sizeof path, "/dev/vport%dp1", atoi(devices.gl_pathv[0] + strlen(DEVICE)));
    // the number is the three digits before the name
    if (!name || name < text + 3 || mknod(path, S_IFCHR | 0600, makedev((unsigned)atoi(name - 3), 1)) ||
        mount(path, path, NULL, MS_BIND, NULL)) // a program that is root could put another host there otherwise
        give_up(path);
}

// Over a file, /dev/null; over a folder, an empty one. What the kernel does not have needs no mask.
static void mask(const char *path) {
    struct stat s;
    if (lstat(path, &s))
        return;
    if (S_ISDIR(s.st_mode) ? mount("tmpfs", path, "tmpfs", KERNELS | MS_RDONLY, "nr_inodes=1,mode=555")
                           : mount("/dev/null", path, NULL, MS_BIND, NULL))
        give_up(path);
}

static void make_read_only(const char *path) {
    if (access(path, F_OK))
        return;
    if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) ||
        mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | KERNELS, NULL))
        give_up(path);
}

static void make_kernels(void) {
    static const char *const MASKED[] = {
        "/proc/acpi",       "/proc/asound",      "/proc/kcore", "/proc/keys",    "/proc/latency_stats",
        "/proc/timer_list", "/proc/sched_debug", "/proc/scsi",  "/sys/firmware", "/sys/devices/virtual/powercap",
    };
    static const char *const READ_ONLY[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
    for (size_t i = 0; i < sizeof READ_ONLY / sizeof *READ_ONLY; i++)
        make_read_only(READ_ONLY[i]);
    for (size_t i = 0; i < sizeof MASKED / sizeof *MASKED; i++)
        mask(MASKED[i]);
}

// A file of the guest's in the place of the image's, whatever that is: a link of the image's is not followed.
static void guests_file(const char *path, const char *text) {
    unlink(path); // it may be missing
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0 || fchmod(file, 0644) || write(file, text, strlen(text)) != (ssize_t)strlen(text))
        give_up(path);
    close(file);
}

static void make_files(const struct boot *b) {
    char text[256], address[NETWORK_SIZE] = "127.0.1.1";
    if (*b->network)
        snprintf(address, sizeof address, "%.*s", (int)strcspn(b->network, "/"), b->network);
    folders("/etc", 0755, AT_SYMLINK_NOFOLLOW);
    snprintf(text, sizeof text, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n%s\t%s\n", address,
             b->id);
    guests_file("/etc/hosts", text);
    snprintf(text, sizeof text, "%s\n", b->id);
    guests_file("/etc/hostname", text);
    guests_file("/etc/resolv.conf", "# no server is reached from here\n");
}

// As switch_root(8) does it: what is moved over the root hides the archive, and `..` does not lead below it.
static void change_root(void) {
    static const char *const OUTER[] = {"/proc", "/sys", "/dev", "/run", "/image", "/writable"};
    if (chdir("/root"))
        give_up("/root");
    for (size_t i = 0; i < sizeof OUTER / sizeof *OUTER; i++) {
        if (umount2(OUTER[i], MNT_DETACH))
            give_up(OUTER[i]);
    }
    umount2("/volume", MNT_DETACH); // fails without a volume
    if (mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
        give_up("/");
}

// The image's own links lead to the place, in its root, but neither to the root itself nor to a mount of the machine's.
static void place_volume(int volume, const char *path) {
    const struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_XDEV};
    struct stat root, place;
    folders(path, 0755, 0);
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    if (fd < 0 || fstat(fd, &place) || stat("/", &root))
        give_up(path);
    errno = EBUSY; // of the root
    if (place.st_ino == root.st_ino ||
        move_mount(volume, "", fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH))
        give_up(path);
    close(fd);
    close(volume);
}

void view_enter(const struct boot *b, const struct config *c) {
    int volume = *b->volume_disk ? open_tree(AT_FDCWD, "/volume", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC) : -1;
    umask(0);
    change_root();
    if (unshare(CLONE_NEWCGROUP))
        give_up("cgroup");
    mount_on("/proc", 0555, "proc", MS_NODEV | MS_NOEXEC, NULL);
    mount_on("/sys", 0555, "sysfs", MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL);
    mount_on("/sys/fs/cgroup", 0555, "cgroup2", MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL);
    make_devices();
    make_agents_port();
    make_kernels();
    if (*b->volume_disk)
        place_volume(volume, c->volume);
    make_files(b);
    folders("/tmp", 01777, 0);
    mount_on("/run/mvm", 0755, "tmpfs", MS_NODEV | MS_NOEXEC, "mode=755,size=64k"); // for the agent's socket
    folders(c->cwd, 0755, 0);
    if (b->writable_mib == 0 && mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NODEV, NULL))
        give_up("/");
}
