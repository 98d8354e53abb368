// Dev mode: starts QEMU in namespaces of its own, inside a user namespace where this process has all capabilities.
// Unlike in production the launcher stays, as the parent of the first process in those namespaces, and does a unit's
// work.
#define _GNU_SOURCE
#include "qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define ABOVE 100       // above all numbers that QEMU's descriptors get
#define IO_PLACE "/tmp" // any directory will do
#define EXIT_TOLD 70
#define EXIT_VMM_FAILED 72

const struct grammar *const become_grammar = &QEMU;

// Descriptors for QEMU that this process opens itself.
struct opened {
    int tun, kvm, console;
};

static pid_t vmm; // 0 in the VMM's own process
static int pidfd = -1;
static int gate = -1; // a byte from the VMM: prepared; a byte to it: go; end of file: the other side has ended

const char *become_peer_unit(void) {
    return NULL;
}

static bool is_mapped(const char *map, uint32_t id) {
    char text[16384];
    unsigned long inside, outside, count;
    if (!read_text(AT_FDCWD, map, text, sizeof text))
        return false;
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (sscanf(line, "%lu %lu %lu", &inside, &outside, &count) == 3 && id >= inside && id - inside < count)
            return true;
    }
    return false;
}

uint32_t become_user(const struct request *r) {
    return is_mapped("/proc/self/uid_map", r->uid) && is_mapped("/proc/self/gid_map", r->uid) ? r->uid : 0;
}

// Attaches the VM's directory in a mount namespace of this process's own: only an attached mount can be copied.
static int attached_io(uint32_t user) {
    int io = mount_io(user, true);
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        move_mount(io, "", AT_FDCWD, IO_PLACE, MOVE_MOUNT_F_EMPTY_PATH))
        refuse(JAIL, errno, "io");
    return io;
}

static void give(int fd, int number) {
    if (fd >= 0 && dup2(fd, number) < 0)
        refuse(IDENTITY, errno, "descriptors");
}

static int above(int fd) {
    return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, ABOVE);
}

// All other descriptors are closed, at the latest by execve(2).
static void arrange_descriptors(const struct request *r, const struct opened *own) {
    int tap = above(own->tun), drive = above(r->fd[DRIVE]), kvm = above(own->kvm), console = above(own->console);
    gate = above(gate);
    if (gate < 0 || close_range(3, QEMU_END - 1, 0) || close_range(QEMU_END, ~0u, CLOSE_RANGE_CLOEXEC))
        refuse(IDENTITY, errno, "descriptors");
    give(tap, QEMU_TAP);
    give(drive, QEMU_DRIVE);
    give(kvm, QEMU_KVM);
    give(console, QEMU_CONSOLE);
}

static _Noreturn void be_vmm(const struct request *r, const struct jail *mounts, const struct opened *own,
                             const struct command *command) {
    char byte = 0, *const nothing[] = {NULL};
    uint32_t user = become_user(r);
    qemu_jail_enter(mounts);
    arrange_descriptors(r, own);
    qemu_jail_drop(user);
    filter_install();
    umask(0007); // hostd reaches the sockets by their group
    if (write(gate, &byte, 1) != 1 || read(gate, &byte, 1) != 1)
        _exit(EXIT_TOLD); // the parent has ended and has reported the reason
    execve(QEMU_PROGRAM, command->arguments, nothing);
    refuse(EXEC, errno, QEMU_PROGRAM);
}

static void start(const struct request *r, const struct jail *mounts, const struct opened *own,
                  const struct command *command) {
    int ends[2];
    struct clone_args clone = {
        .flags = CLONE_PIDFD | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP,
        .exit_signal = SIGCHLD,
        .pidfd = (uintptr_t)&pidfd,
    };
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        refuse(IDENTITY, errno, "socketpair");
    pid_t child = (pid_t)syscall(SYS_clone3, &clone, sizeof clone);
    if (child < 0)
        refuse(IDENTITY, errno, "namespaces");
    gate = ends[child == 0];
    close(ends[child != 0]);
    if (child == 0)
        be_vmm(r, mounts, own, command);
    vmm = child;
}

// A VMM's process that ends with EXIT_TOLD has reported the reason itself.
static void wait_until_prepared(void) {
    char byte;
    int status = 0;
    if (read(gate, &byte, 1) == 1)
        return;
    waitpid(vmm, &status, 0);
    vmm = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_TOLD)
        _exit(EXIT_TOLD);
    refuse(JAIL, 0, "the VMM's process died");
}

void become_prepare(const struct request *r) {
    static struct command command;
    char cpuinfo[4096];
    struct opened own = {.kvm = r->kvm ? open("/dev/kvm", O_RDWR | O_CLOEXEC) : -1};
    if (r->kvm && own.kvm < 0)
        refuse(DESCRIPTOR, errno, "/dev/kvm");
    if (!read_text(AT_FDCWD, "/proc/cpuinfo", cpuinfo, sizeof cpuinfo))
        cpuinfo[0] = 0;
    qemu_command(r, qemu_tsc_khz(cpuinfo), &command);
    if (become_user(r) == 0)
        say("%s: user id %u is not mapped here, the VMM runs as 0", r->id, r->uid);
    struct jail mounts = {.kernel = artefact_tree(r->fd[KERNEL], NULL), .rootfs = artefact_tree(r->fd[ROOTFS], NULL)};
    mounts.image = r->fd[IMAGE] < 0 ? -1 : artefact_tree(r->fd[IMAGE], NULL);
    int io = attached_io(become_user(r));
    mounts.io = mount_copy(io);
    int ready[READY_FDS] = {-1, mount_copy(io)};
    network_make(&ready[2], &ready[3]); // the VMM's process is in it, too
    own.tun = ready[2];
    own.console = console_make(io, O_WRONLY); // QEMU waits for a pipe that is full, and not for one without a reader
    start(r, &mounts, &own, &command);
    close(own.console); // whose end is QEMU's
    wait_until_prepared();
    say("%s ready pid=%d", r->id, vmm);
    ready[0] = fcntl(pidfd, F_DUPFD_CLOEXEC, 0);
    connection_ready(vmm, "-", ready);
}

static void keep_only_kill(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct kill[_LINUX_CAPABILITY_U32S_3] = {
        {.effective = 1u << CAP_KILL, .permitted = 1u << CAP_KILL}};
    if (syscall(SYS_capset, &header, kill))
        refuse(IDENTITY, errno, "capabilities");
}

// Passes SIGTERM on. If the VMM does not end, the sender kills this process, and PR_SET_PDEATHSIG kills the VMM.
_Noreturn void become_go(const struct request *r) {
    sigset_t signals;
    int status, signal = 0;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    keep_only_kill();
    for (size_t i = 0; i < r->count; i++)
        close(r->fd[r->order[i]]);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) || send(gate, "", 1, MSG_NOSIGNAL) != 1)
        refuse(IDENTITY, errno, "the VMM's process died");
    while (waitpid(vmm, &status, WNOHANG) == 0) {
        if (sigwait(&signals, &signal) == 0 && signal != SIGCHLD)
            pidfd_send_signal(pidfd, SIGTERM, NULL, 0);
    }
    bool exited = WIFEXITED(status);
    say("%s ended: %s %d", r->id, exited ? "status" : "signal", exited ? WEXITSTATUS(status) : WTERMSIG(status));
    _exit(exited ? (WEXITSTATUS(status) ? EXIT_VMM_FAILED : 0) : EXIT_VMM_FAILED);
}

// hostd ends what it runs itself: all that is in its user namespace.
const char *become_end(int process) {
    (void)process;
    errno = EOPNOTSUPP;
    return "there are no cgroups";
}

void become_undo(void) {
    if (vmm > 0) {
        close(gate); // a VMM that waits for go ends at this, even if it may not be signalled
        pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
        waitpid(vmm, NULL, 0);
    }
}
