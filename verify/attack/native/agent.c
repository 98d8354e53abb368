// Takes the agent's place: runs as mvm-agentd.service's main program, with its user and in its sandbox, and tries what a
// taken-over agent would try.
//   agent HOSTD-PID VM-PID VM-CGROUP
// The two pids are of processes that the unit does not even see; it is told so that guessing them is not what fails.
#define _GNU_SOURCE
#include "attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_tun.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

// Where a path is hidden, masked, closed by its mode, or by a filter.
#define CLOSED EACCES, EPERM, ENOENT, ENXIO, ENOTDIR
#define READ_ONLY CLOSED, EROFS

static long put(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    long done = file < 0 ? -1 : write(file, text, strlen(text));
    int error = errno;
    if (file >= 0)
        close(file);
    errno = error;
    return done;
}

static long list(const char *path) {
    DIR *directory = opendir(path);
    return directory ? 0 : -1;
}

static long reach(const char *path, int kind) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, kind | SOCK_CLOEXEC, 0);
    return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&address, sizeof address);
}

// Whether a program can be started at all; what it would do does not matter.
static long start(const char *program) {
    int channel[2];
    if (pipe2(channel, O_CLOEXEC))
        return 0;
    pid_t child = fork();
    if (child == 0) {
        execl(program, program, (char *)NULL);
        int error = errno;
        (void)!write(channel[1], &error, sizeof error);
        _exit(0);
    }
    int error = 0;
    close(channel[1]);
    long told = child < 0 ? -1 : read(channel[0], &error, sizeof error);
    close(channel[0]);
    if (child > 0) {
        waitpid(child, NULL, 0);
        errno = error;
    }
    return told > 0 || child < 0 ? -1 : 0;
}

// A program of its own, in each place where it can write one.
static void own_programs(void) {
    static const char *const places[] = {"/tmp", "/var/tmp", "/dev/shm", "/var/lib/mvm-agentd", "/var/spool/mvm"};
    char path[64], what[64];
    int written = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(path, sizeof path, "%s/program", places[i]);
        int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
        if (file < 0)
            continue;
        written++;
        close(file);
        snprintf(what, sizeof what, "execute a program of its own in %s", places[i]);
        REFUSED(what, start(path), EACCES, EPERM);
        unlink(path);
    }
    holds("there are places where it can write one", written > 0);
}

static void hosts_own(void) {
    REFUSED("list root's state", list("/var/lib/mvm-hostd"), CLOSED);
    REFUSED("list artefacts in the store", list("/var/lib/mvm-hostd/artefacts"), CLOSED);
    REFUSED("list volumes", list("/var/lib/mvm-hostd/volumes"), CLOSED);
    REFUSED("read the node's key", open("/var/lib/mvm-hostd/keys/node", O_RDONLY), CLOSED);
    REFUSED("list jails", list("/srv/mvm/jail"), CLOSED);
    REFUSED("change root's configuration", open("/etc/mvm/hostd.conf", O_WRONLY), READ_ONLY);
    REFUSED("change the trust root", open("/etc/mvm/root.dsse", O_WRONLY), READ_ONLY);
    REFUSED("replace the trust root", rename("/etc/mvm/root.dsse", "/etc/mvm/old"), READ_ONLY, EXDEV);
    REFUSED("change root's program", open("/usr/lib/mvm/mvm-launch", O_WRONLY), READ_ONLY, ETXTBSY);
    REFUSED("read root's own files", open("/etc/shadow", O_RDONLY), CLOSED);
    REFUSED("reach the launcher", reach("/run/mvm-root/launch.sock", SOCK_SEQPACKET), CLOSED, ECONNREFUSED);
    REFUSED("reach what makes networks", reach("/run/mvm-root/netd.sock", SOCK_SEQPACKET), CLOSED, ECONNREFUSED);
    REFUSED("reach a reader of guests", reach("/run/mvm-root/guestd.sock", SOCK_SEQPACKET), CLOSED, ECONNREFUSED);
    REFUSED("reach the service manager", reach("/run/systemd/private", SOCK_STREAM), CLOSED, ECONNREFUSED);
    REFUSED("reach the message bus", reach("/run/dbus/system_bus_socket", SOCK_STREAM), CLOSED, ECONNREFUSED);
}

static void devices(void) {
    REFUSED("open tun", open("/dev/net/tun", O_RDWR), CLOSED);
    REFUSED("open kvm", open("/dev/kvm", O_RDWR), CLOSED);
    REFUSED("open device-mapper", open("/dev/mapper/control", O_RDWR), CLOSED);
    REFUSED("open a loop device", open("/dev/loop-control", O_RDWR), CLOSED);
    REFUSED("open the host's disk", open("/dev/vda", O_RDONLY), CLOSED);
    REFUSED("make a device", mknod("/var/lib/mvm-agentd/null", S_IFCHR | 0666, 0x103), EPERM, EACCES, EROFS, ENOENT);
    REFUSED("talk netlink", socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), EAFNOSUPPORT, EPERM);
    REFUSED("read packets", socket(AF_PACKET, SOCK_RAW, 0), EAFNOSUPPORT, EPERM);
    REFUSED("call a guest", socket(AF_VSOCK, SOCK_STREAM, 0), EAFNOSUPPORT, EPERM);
}

// 192.0.2.0/24 is a network of the machine's while this runs: what refuses is the unit, not the routes.
static void network(void) {
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(443), .sin_addr = {htonl(0xc0000207)}};
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    REFUSED("send a packet to somebody else", sendto(udp, "x", 1, 0, (struct sockaddr *)&there, sizeof there), EPERM);
    there.sin_addr.s_addr = htonl(0xa9fea9fe);
    REFUSED("ask a cloud for its credentials", sendto(udp, "x", 1, 0, (struct sockaddr *)&there, sizeof there), EPERM,
            ENETUNREACH);
    close(udp);
}

static void cgroups(const char *vm) {
    char path[512];
    REFUSED("lift the limit of all VMs", put("/sys/fs/cgroup/mvm.slice/memory.max", "max"), READ_ONLY);
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s/memory.max", vm);
    REFUSED("lift a VM's limit", put(path, "max"), READ_ONLY);
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s/cgroup.kill", vm);
    REFUSED("kill a VM by its cgroup", put(path, "1"), READ_ONLY);
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s/cgroup.procs", vm);
    REFUSED("join a VM's cgroup", put(path, "0"), READ_ONLY);
    REFUSED("make a cgroup", mkdir("/sys/fs/cgroup/mvm.slice/more", 0755), READ_ONLY, EEXIST);
    REFUSED("make a cgroup where it reads", mkdir("/run/mvm-slice/more", 0755), READ_ONLY);
    REFUSED("lift the limit of all VMs where it reads", put("/run/mvm-slice/memory.max", "max"), READ_ONLY);
    REFUSED("move into a cgroup that it reads", put("/run/mvm-slice/cgroup.procs", "0"), READ_ONLY);
}

static void processes(const char *name, pid_t pid) {
    char what[64], path[64];
    snprintf(what, sizeof what, "signal %s", name);
    REFUSED(what, kill(pid, SIGCONT), EPERM, ESRCH);
    snprintf(what, sizeof what, "trace %s", name);
    REFUSED(what, ptrace(PTRACE_SEIZE, pid, 0, 0), EPERM, ESRCH);
    char bytes[8];
    struct iovec own = {bytes, sizeof bytes}, theirs = {(void *)0x400000, sizeof bytes};
    snprintf(what, sizeof what, "read memory of %s", name);
    REFUSED(what, process_vm_readv(pid, &own, 1, &theirs, 1, 0), EPERM, ESRCH, ENOSYS);
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    snprintf(what, sizeof what, "see %s in /proc", name);
    REFUSED(what, open(path, O_RDONLY), CLOSED, ESRCH);
}

static void powers(void) {
    union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    REFUSED("become root", setuid(0), EPERM);
    REFUSED("take root's group", setgid(0), EPERM);
    REFUSED("make a user namespace", unshare(CLONE_NEWUSER), EPERM, ENOSPC);
    REFUSED("make a mount namespace", unshare(CLONE_NEWNS), EPERM);
    REFUSED("make a network namespace", unshare(CLONE_NEWNET), EPERM);
    int init = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);
    REFUSED("enter the first process's namespace", init < 0 ? -1 : setns(init, 0), CLOSED);
    REFUSED("mount", mount("none", "/tmp", "tmpfs", 0, NULL), EPERM);
    REFUSED("unmount", umount2("/proc", MNT_DETACH), EPERM);
    REFUSED("change the root directory", chroot("/"), EPERM);
    REFUSED("load a program into the kernel", syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr), EPERM);
    REFUSED("load a module", syscall(SYS_init_module, "", 0, ""), EPERM);
    REFUSED("replace the kernel", syscall(SYS_kexec_load, 0, 0, NULL, 0), EPERM);
    REFUSED("use keyrings", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1), EPERM);
    // arguments with which each succeeds where nothing refuses it
    char space[sizeof(struct file_handle) + 128] = {0};
    struct file_handle *handle = (struct file_handle *)space;
    int mount_id;
    int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    handle->handle_bytes = 128;
    if (name_to_handle_at(root, "etc", handle, &mount_id, 0)) { // the filter may refuse this half already
        handle->handle_bytes = 8;
        handle->handle_type = 1;
    }
    REFUSED("open a file by its number", open_by_handle_at(root, handle, O_RDONLY), EPERM);
    close(root);
    struct perf_event_attr clock = {.type = PERF_TYPE_SOFTWARE, .size = sizeof clock, .config = PERF_COUNT_SW_CPU_CLOCK};
    REFUSED("look into other processes", syscall(SYS_perf_event_open, &clock, -1, 0, -1, 0), EPERM, EACCES);
    struct io_uring_params ring = {0};
    REFUSED("io_uring", syscall(SYS_io_uring_setup, 1, &ring), EPERM, ENOSYS);
    unsigned long context = 0;
    REFUSED("asynchronous requests", syscall(SYS_io_setup, 1, &context), EPERM, ENOSYS);
    REFUSED("set the clock", syscall(SYS_settimeofday, &(struct timespec){1, 0}, NULL), EPERM);
}

static void programs(void) {
    REFUSED("start a shell", start("/bin/sh"), EACCES, EPERM);
    REFUSED("start nft", start("/usr/sbin/nft"), EACCES, EPERM);
    REFUSED("start the launcher", start("/usr/lib/mvm/mvm-launch"), EACCES, EPERM);
    REFUSED("start the jailer", start("/usr/lib/mvm/jailer"), EACCES, EPERM);
}

int main(int count, char **arguments) {
    if (count != 4)
        return 2;
    holds("it is the agent's user", getuid() != 0 && geteuid() == getuid());
    own_programs();
    hosts_own();
    devices();
    network();
    cgroups(arguments[3]);
    processes("hostd", atoi(arguments[1]));
    processes("a VM", atoi(arguments[2]));
    powers();
    programs();
    return attacked();
}
