// Stands in for QEMU in the confinement tests: attacks its jail and writes one line per attempt to /io/report, `ok
// NAME` if it was stopped and `bad NAME: ...` if not; the last line is `done`. Then it waits to be ended. Some instance
// ids make it end instead: i-000000e0 with 0, e1 with 3, ea by SIGABRT.
#define _GNU_SOURCE
#include "../../testlib/uring.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static FILE *report;

static void said(bool good, const char *name, const char *detail) {
    if (good)
        fprintf(report, "ok %s\n", name);
    else
        fprintf(report, "bad %s: %s\n", name, detail);
}

// An attempt that must fail: `result` is what the call returned. `allowed` are the errors that count as being stopped, 0
// at the end; another error says that the attempt itself was wrong.
static void stopped(const char *name, long result, const int *allowed) {
    int error = errno;
    bool known = false;
    for (const int *e = allowed; *e; e++)
        known |= *e == error;
    said(result < 0 && known, name, result < 0 ? strerrorname_np(error) : "succeeded");
}
#define STOPPED(name, result, ...) stopped(name, (long)(result), (const int[]){__VA_ARGS__, 0})
#define NOT_WRITTEN EROFS, EACCES

static void list(const char *path, const char *expected) {
    char all[1024] = "";
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.') {
            strncat(all, entries[i]->d_name, 255);
            strcat(all, " ");
        }
    }
    said(strcmp(all, expected) == 0, path, all);
}

static void identity(void) {
    uid_t r, e, s;
    gid_t rg, eg, sg;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct caps[2];
    bool any = syscall(SYS_capget, &header, caps) != 0;
    for (int i = 0; i < 2; i++)
        any = any || caps[i].effective || caps[i].permitted || caps[i].inheritable;
    for (int c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
        any = any || prctl(PR_CAPBSET_READ, c, 0, 0, 0) || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, c, 0, 0) > 0;
    said(!any, "no capability in any set", "some left");
    getresuid(&r, &e, &s);
    getresgid(&rg, &eg, &sg);
    said(r == e && e == s && rg == eg && eg == sg && r == rg, "one user, one group", "several");
    fprintf(report, "user %u\n", r);
    if (r != 0) {
        said(getgroups(0, NULL) == 0, "no supplementary group", "some");
        STOPPED("become root", setresuid(0, 0, 0), EPERM);
        STOPPED("become group root", setresgid(0, 0, 0), EPERM);
        STOPPED("become another user", setresuid(12345, 12345, 12345), EPERM);
    } else {
        said(setresuid(12345, 12345, 12345) < 0, "there is no other user to become", "one is");
    }
    STOPPED("set groups", setgroups(0, NULL), EPERM);
    said(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, "no_new_privs", "not set");
    said(getpid() == 1 && getppid() == 0, "first in its pid namespace", "not");
    said(getsid(0) == 1, "session of its own", "not");
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    said(sigisemptyset(&mask) == 1, "no signal blocked", "some");
    said(umask(0) == 0007, "umask 0007", "other");
}

static void descriptors(void) {
    char all[512] = "";
    for (int fd = 0; fd < 1024; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 && fd != fileno(report))
            sprintf(all + strlen(all), "%d ", fd);
    }
    said(strcmp(all, "0 1 2 10 13 ") == 0, "descriptors 0 1 2 10 13", all);
    struct stat s;
    said(!fstat(0, &s) && s.st_rdev == makedev(1, 3), "standard input is /dev/null", "not");
    said(!fstat(10, &s) && s.st_rdev == makedev(10, 200), "10 is the tap", "not");
    said(!fstat(13, &s) && S_ISFIFO(s.st_mode) &&
             (fcntl(13, F_GETFL) & (O_ACCMODE | O_NONBLOCK)) == (O_WRONLY | O_NONBLOCK),
         "13 is the console, for writing and never waiting", "not");
    struct rlimit core, files;
    getrlimit(RLIMIT_CORE, &core);
    getrlimit(RLIMIT_NOFILE, &files);
    said(core.rlim_max == 0 && files.rlim_max == 1024, "limits", "not");
    files.rlim_max = 4096;
    STOPPED("raise a limit", setrlimit(RLIMIT_NOFILE, &files), EPERM);
}

static void files(void) {
    static const char *const CREATE[] = {"/x", "/dev/x", "/usr/x", "/usr/bin/x", "/usr/local/x"};
    static const char *const WRITE[] = {"/kernel", "/rootfs", "/usr/bin/env", "/usr/bin/qemu-system-x86_64"};
    enum { RUNS = sizeof WRITE / sizeof *WRITE - 1 }; // this program
    static const char *const ABSENT[] = {"/proc",    "/sys",      "/etc",     "/home",    "/run",
                                         "/tmp",     "/var",      "/root",    "/dev/kvm", "/dev/mem",
                                         "/dev/net", "/dev/fuse", "/dev/pts", "/../etc"};
    char name[128];
    list("/", "bin dev io kernel lib lib64 rootfs usr ");
    list("/dev", "null random urandom zero ");
    for (size_t i = 0; i < sizeof CREATE / sizeof *CREATE; i++) {
        snprintf(name, sizeof name, "create %s", CREATE[i]);
        STOPPED(name, open(CREATE[i], O_CREAT | O_WRONLY, 0600), NOT_WRITTEN);
    }
    for (size_t i = 0; i < sizeof WRITE / sizeof *WRITE; i++) {
        snprintf(name, sizeof name, "write %s", WRITE[i]);
        // The kernel looks at what runs before it looks at the mount, so its owner hears ETXTBSY; truncate(2) shows the mount.
        struct stat program = {0};
        bool own = !stat(WRITE[i], &program) && program.st_uid == geteuid();
        STOPPED(name, open(WRITE[i], O_WRONLY), NOT_WRITTEN, own && i == RUNS ? ETXTBSY : EROFS);
        snprintf(name, sizeof name, "chmod %s", WRITE[i]);
        STOPPED(name, chmod(WRITE[i], 0777), EROFS, EPERM);
        snprintf(name, sizeof name, "truncate %s", WRITE[i]);
        STOPPED(name, truncate(WRITE[i], 0), NOT_WRITTEN);
    }
    for (size_t i = 0; i < sizeof ABSENT / sizeof *ABSENT; i++) {
        snprintf(name, sizeof name, "see %s", ABSENT[i]);
        STOPPED(name, access(ABSENT[i], F_OK), ENOENT);
    }
    said(open("/kernel", O_RDONLY) >= 0 && open("/rootfs", O_RDONLY) >= 0, "read the artefacts", "refused");
    said(open("/dev/null", O_WRONLY) >= 0 && open("/dev/urandom", O_RDONLY) >= 0, "use the devices", "refused");
    said(close(open("/io/file", O_CREAT | O_WRONLY, 0600)) == 0, "write /io", "refused");
    STOPPED("make a device in /io", mknod("/io/null", S_IFCHR | 0666, makedev(1, 3)), EPERM);
    int script = open("/io/script", O_CREAT | O_WRONLY | O_CLOEXEC, 0777);
    said(write(script, "#!/usr/bin/true\n", 16) == 16, "write a script", "refused");
    close(script);
    char *nothing[] = {NULL};
    STOPPED("execute from /io", execve("/io/script", nothing, nothing), EACCES);
}

static void kernel(void) {
    struct sched_param param = {.sched_priority = 1};
    STOPPED("mount", mount("x", "/io", "tmpfs", 0, NULL), EPERM);
    STOPPED("remount", mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL), EPERM);
    STOPPED("umount /usr", umount2("/usr", MNT_DETACH), EPERM);
    STOPPED("umount /kernel", umount2("/kernel", MNT_DETACH), EPERM);
    STOPPED("chroot", chroot("/usr"), EPERM);
    STOPPED("pivot_root", syscall(SYS_pivot_root, "/io", "/io"), EPERM);
    STOPPED("new network namespace", unshare(CLONE_NEWNET), EPERM);
    STOPPED("new mount namespace", unshare(CLONE_NEWNS), EPERM);
    STOPPED("host name", sethostname("x", 1), EPERM);
    STOPPED("real-time", sched_setscheduler(0, SCHED_FIFO, &param), EPERM);
    STOPPED("swapon", syscall(SYS_swapon, "/io/file", 0), EPERM);
    STOPPED("keep capabilities", prctl(PR_SET_SECUREBITS, 0, 0, 0, 0), EPERM);
    for (pid_t other = 2; other < 100; other++) {
        if (kill(other, 0) == 0 || errno != ESRCH || ptrace(PTRACE_ATTACH, other, NULL, NULL) == 0)
            said(false, "another process", "seen");
    }
    said(kill(-1, SIGKILL) < 0 && errno == ESRCH, "no process to kill", "some");
}

// An attempt that the filter must stop.
static void filtered(const char *name, long result) {
    said(result < 0 && errno == EPERM, name, "not stopped by the filter");
}

static void network(void) {
    static const int FAMILIES[] = {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK, AF_ALG, AF_KEY};
    char name[64];
    for (size_t i = 0; i < sizeof FAMILIES / sizeof *FAMILIES; i++) {
        snprintf(name, sizeof name, "socket of family %d", FAMILIES[i]);
        filtered(name, socket(FAMILIES[i], SOCK_DGRAM, 0));
    }
    int pair[2], s = socket(AF_UNIX, SOCK_STREAM, 0);
    filtered("pair of another family", socketpair(AF_TIPC, SOCK_STREAM, 0, pair));
    said(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "a pair of its own family", strerror(errno));
    struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    STOPPED("bring lo up", ioctl(s, SIOCSIFFLAGS, &up), EPERM);
    struct sockaddr_un un = {AF_UNIX, "\0mvm-launch-test"}; // the test listens on it in its own namespace
    STOPPED("abstract socket of the host", connect(s, (struct sockaddr *)&un, sizeof(sa_family_t) + 16), ECONNREFUSED);
    STOPPED("packet socket", socket(AF_PACKET, SOCK_RAW, 0), EPERM);
    STOPPED("raw socket", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), EPERM);
}

// hostd meets the VMM in /io, and could follow what it links there.
static void links(void) {
    filtered("link through io_uring", uring_symlink("/", "/io/ring"));
    filtered("enter a ring", syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0));
    filtered("register a ring", syscall(SYS_io_uring_register, -1, 0, NULL, 0));
    filtered("symbolic link", symlink("/", "/io/symlink"));
    filtered("symbolic link in a directory", symlinkat("/", AT_FDCWD, "/io/symlinkat"));
    filtered("second name", link("/io/file", "/io/link"));
    filtered("second name in a directory", linkat(AT_FDCWD, "/io/file", AT_FDCWD, "/io/linkat", 0));
    filtered("symbolic link by x32", syscall(SYS_symlink | 0x40000000, "/", "/io/x32"));
}

// The number of the mount that a path is on.
static unsigned long long mount_of(const char *path) {
    struct statx status = {0};
    return statx(AT_FDCWD, path, 0, STATX_MNT_ID, &status) ? 0 : status.stx_mnt_id;
}

// A user namespace gives capabilities over objects that are made in it, and over none that existed before.
static void user_namespace(void) {
    pid_t child = fork();
    if (child > 0) {
        waitpid(child, NULL, 0);
        return;
    }
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) {
        unsigned long long kernel = mount_of("/kernel");
        STOPPED("remount /usr in a user namespace", mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL), EPERM);
        STOPPED("remount /kernel in a user namespace", mount(NULL, "/kernel", NULL, MS_REMOUNT | MS_BIND, NULL), EPERM);
        said(umount2("/kernel", MNT_DETACH) < 0 && mount_of("/kernel") == kernel, "umount /kernel in a user namespace",
             "succeeded"); // EINVAL: it is locked, mount_namespaces(7)
        STOPPED("device in a user namespace", mknod("/io/null2", S_IFCHR | 0666, makedev(1, 3)), EPERM);
        STOPPED("write /kernel in a user namespace", open("/kernel", O_WRONLY), NOT_WRITTEN);
    }
    fflush(report);
    _exit(0);
}

int main(int count, char **arguments) {
    const char *id = count > 2 ? arguments[2] : "";
    if (strcmp(id, "i-000000e0") == 0 || strcmp(id, "i-000000e1") == 0)
        return id[9] == '0' ? 0 : 3;
    if (strcmp(id, "i-000000ea") == 0)
        abort();
    report = fopen("/io/report.new", "we");
    if (!report)
        return 4;
    for (int i = 0; i < count; i++)
        fprintf(report, "argument %s\n", arguments[i]);
    said(!environ[0], "empty environment", environ[0] ? environ[0] : "");
    identity();
    descriptors();
    files();
    kernel();
    network();
    links();
    fflush(report);
    user_namespace();
    fprintf(report, "done\n");
    fclose(report);
    sigset_t term; // QEMU handles SIGTERM as well. Unhandled, it does not kill the first process of a namespace
    int signal;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    rename("/io/report.new", "/io/report");
    return sigwait(&term, &signal);
}
