// Takes Firecracker's place in the jail: what an escape from a guest would find. Said on standard output, which is the
// journal. HUNGER chooses what it does at the end: nothing, or take memory, processes or processor time without limit.
#define _GNU_SOURCE
#include "../../../native/testlib/uring.h"
#include "attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_tun.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#define ABSENT ENOENT, ENOTDIR, EACCES

static long tap(const char *name) {
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    long result = fd < 0 ? -1 : ioctl(fd, TUNSETIFF, &request);
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

static void jail(void) {
    REFUSED("leave by ..", open("/../../../../etc/passwd", O_RDONLY), ABSENT);
    REFUSED("a symbolic link", symlink("/../../../etc/passwd", "/io/out"), EPERM);
    REFUSED("a symbolic link through io_uring", uring_symlink("/../../../etc/passwd", "/io/out"), EPERM, EACCES,
            ENOSYS);
    REFUSED("leave by a symbolic link", open("/io/out", O_RDONLY), ABSENT, ELOOP);
    REFUSED("leave by the root of another process", open("/proc/1/root/etc/passwd", O_RDONLY), ABSENT);
    REFUSED("link the kernel elsewhere", link("/kernel", "/io/kernel"), EPERM);
    REFUSED("write the kernel", open("/kernel", O_WRONLY), EROFS, EACCES);
    REFUSED("write the root file system", open("/rootfs", O_WRONLY), EROFS, EACCES);
    REFUSED("make the kernel writable", chmod("/kernel", 0666), EROFS, EPERM);
    char space[sizeof(struct file_handle) + 128] = {0};
    struct file_handle *handle = (struct file_handle *)space;
    int mount_id, root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    handle->handle_bytes = 128;
    if (name_to_handle_at(root, "io", handle, &mount_id, 0)) { // the filter may refuse this half already
        handle->handle_bytes = 8;
        handle->handle_type = 1;
    }
    int io = open("/io", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REFUSED("open a file by its number", open_by_handle_at(io, handle, O_RDONLY), EPERM);
    REFUSED("another root directory", chroot("/io"), EPERM);
    REFUSED("mount", mount("none", "/io", "tmpfs", 0, NULL), EPERM);
    REFUSED("unmount the kernel", umount2("/kernel", MNT_DETACH), EPERM);
    REFUSED("make a disk", mknod("/io/vda", S_IFBLK | 0600, makedev(254, 0)), EPERM, EACCES);
    REFUSED("make a disk in the root", mknod("/vda", S_IFBLK | 0600, makedev(253, 0)), EPERM, EACCES);
    int file = open("/io/program", O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
    holds("it can write its own directory", file >= 0);
    close(file);
    char *const nothing[] = {NULL};
    REFUSED("execute from there", execve("/io/program", nothing, nothing), EACCES, EPERM);
    unlink("/io/program");
    unlink("/io/out");
}

static void sees(void) {
    char names[512] = "";
    DIR *root = opendir("/");
    for (const struct dirent *entry = root ? readdir(root) : NULL; entry; entry = readdir(root)) {
        if (*entry->d_name != '.' && strlen(names) < sizeof names - 80)
            sprintf(strcat(names, " ") + strlen(names), "%.64s", entry->d_name);
    }
    dprintf(STDOUT_FILENO, "# in the jail:%s\n", names);
    holds("it sees nothing of the host", access("/proc", F_OK) && access("/sys", F_OK) && access("/usr", F_OK) &&
                                             access("/etc", F_OK) && access("/srv", F_OK));
    struct if_nameindex *links = if_nameindex();
    int count = 0, taps = 0;
    for (struct if_nameindex *link = links; link && link->if_index; link++) {
        count++;
        taps += strncmp(link->if_name, "tn", 2) == 0;
        dprintf(STDOUT_FILENO, "# interface %s\n", link->if_name);
    }
    holds("it sees no other tap", !links || (count <= 2 && taps <= 1));
}

static void network(void) {
    struct sockaddr_in host = {.sin_family = AF_INET, .sin_port = htons(22), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REFUSED("reach the host's loopback", fd < 0 ? -1 : connect(fd, (struct sockaddr *)&host, sizeof host),
            EAFNOSUPPORT, EPERM, ENETUNREACH, ECONNREFUSED);
    REFUSED("another's tap", tap("tn0o250"), EPERM, ENOENT);
    REFUSED("a tap of its own choice", tap("escape0"), EPERM, ENOENT);
    REFUSED("read packets", socket(AF_PACKET, SOCK_RAW, 0), EAFNOSUPPORT, EPERM);
    struct sockaddr_un bus = {AF_UNIX, "/run/dbus/system_bus_socket"}, launch = {AF_UNIX, "/run/mvm-root/launch.sock"};
    int local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REFUSED("reach the message bus", connect(local, (struct sockaddr *)&bus, sizeof bus), ABSENT);
    REFUSED("reach the launcher", connect(local, (struct sockaddr *)&launch, sizeof launch), ABSENT, EPROTOTYPE);
}

static void powers(void) {
    REFUSED("become root", setuid(0), EPERM);
    REFUSED("become another VM", setuid(getuid() + 1), EPERM);
    REFUSED("a user namespace", unshare(CLONE_NEWUSER), EPERM, ENOSPC);
    REFUSED("a mount namespace", unshare(CLONE_NEWNS), EPERM);
    REFUSED("signal the first process", kill(1, SIGCONT), EPERM, ESRCH);
    int reached = 0; // one by one, for kill(-1) says yes although each was refused
    for (pid_t pid = 2; pid < 1 << 16; pid++)
        reached += pid != getpid() && kill(pid, 0) == 0;
    holds("it can signal no other process", reached == 0);
    REFUSED("trace its parent", ptrace(PTRACE_SEIZE, getppid(), 0, 0), EPERM, ESRCH);
    union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    REFUSED("programs in the kernel", syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map), EPERM);
    REFUSED("modules", syscall(SYS_init_module, "", 0, ""), EPERM);
    // where nothing refuses them, those that make something succeed, and those without a ring fail with EBADF
    struct io_uring_params ring = {0};
    REFUSED("io_uring", syscall(SYS_io_uring_setup, 1, &ring), EPERM, ENOSYS);
    REFUSED("io_uring's requests", syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0), EPERM, ENOSYS);
    REFUSED("io_uring's buffers", syscall(SYS_io_uring_register, -1, 0, NULL, 0), EPERM, ENOSYS);
    unsigned long context = 0;
    REFUSED("asynchronous requests", syscall(SYS_io_setup, 1, &context), EPERM, ENOSYS);
    REFUSED("other processes' keys", syscall(SYS_add_key, "user", "mvm", "x", 1, -4), EPERM, ENOSYS, EACCES);
    REFUSED("set the clock", syscall(SYS_settimeofday, &(struct timespec){1, 0}, NULL), EPERM);
    REFUSED("the speaker's and disk's ports", syscall(SYS_iopl, 3), EPERM, ENOSYS);
    holds("no new privileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    holds("a filter is on it", prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2);
    for (int capability = 0; capability <= 40; capability++) {
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) == 1)
            holds("no ambient capability", false);
    }
}

#define STR(x) #x
#define NAME(x) STR(x)

int main(int count, char **arguments) {
    if (count > 1 && !strcmp(arguments[1], "--version")) { // hostd and `mvm-node check` ask for it
        puts("Firecracker v1.16.1");
        return 0;
    }
    dup2(STDERR_FILENO, STDOUT_FILENO); // to the journal of its unit: standard output is the VM's console
    jail();
    sees();
    network();
    powers();
    attacked();
    hunger(NAME(HUNGER));
}
