// What tests run in guests: /probe WORD. It says what it sees, or does what a program should not.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { USER = 1000, GROUP = 1001, OTHER = 5 };

static void tell(bool good, const char *name) {
    printf("%s: %s\n", good ? "yes" : "no", name);
}

static const char *contents(const char *path) {
    static char text[8192];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (file >= 0)
        close(file);
    text[n < 0 ? 0 : n] = 0;
    return text;
}

static bool is(const char *path, const char *text) {
    return strcmp(contents(path), text) == 0;
}

static bool missing(const char *path) {
    struct stat s;
    return lstat(path, &s) < 0 && errno == ENOENT;
}

static bool cannot_write(const char *path, int error) {
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    int seen = file < 0 ? errno : 0;
    if (file >= 0)
        close(file);
    return seen == error;
}

static uint64_t status_field(const char *name) {
    const char *at = strstr(contents("/proc/self/status"), name);
    return at ? strtoull(at + strlen(name), NULL, 16) : UINT64_MAX;
}

static int processes(void) {
    int count = 0;
    DIR *proc = opendir("/proc");
    for (struct dirent *e; proc && (e = readdir(proc)) != NULL;)
        count += *e->d_name >= '0' && *e->d_name <= '9';
    if (proc)
        closedir(proc);
    return count;
}

static void see_itself(char **environment) {
    gid_t groups[8];
    char directory[64] = "";
    struct rlimit files;
    tell(getuid() == USER && geteuid() == USER && getgid() == GROUP, "user and group");
    tell(getgroups(8, groups) == 1 && groups[0] == OTHER, "supplementary groups");
    tell(environment[0] && strcmp(environment[0], "PATH=/usr/bin:/") == 0 && environment[1] &&
             strcmp(environment[1], "GREETING=a b\xc3\xa4") == 0 && !environment[2],
         "its environment and no more");
    tell(getcwd(directory, sizeof directory) && strcmp(directory, "/srv/deep") == 0, "a directory that was missing");
    tell(getpid() == 1 && getsid(0) == 1, "process 1 of its session");
    tell(getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur == 1048576 && files.rlim_max == 1048576, "files");
    tell(status_field("\nSigBlk:\t") == 0 && status_field("\nSigIgn:\t") == 0, "no signal is blocked or ignored");
    tell(status_field("\nCapEff:\t") == 0 && status_field("\nCapPrm:\t") == 0 && status_field("\nCapInh:\t") == 0 &&
             status_field("\nCapAmb:\t") == 0,
         "no capability");
    tell(status_field("\nCapBnd:\t") == 0xa00425fb, "no more than programs of containers could have");
    tell(umask(022) == 022, "umask");
}

static void see_outputs(void) {
    struct stat s;
    char byte;
    tell(read(STDIN_FILENO, &byte, 1) == 0, "standard input is empty");
    tell(fstat(STDOUT_FILENO, &s) == 0 && S_ISFIFO(s.st_mode) && s.st_uid == USER, "a pipe of its own as output");
    int again = open("/dev/stdout", O_WRONLY | O_CLOEXEC);
    tell(again >= 0 && write(again, "by its name\n", 12) == 12, "its output by its name");
    tell(open("/dev/stderr", O_WRONLY | O_CLOEXEC) >= 0, "its errors by their name");
    int highest = 0;
    for (int fd = 0; fd < 64; fd++)
        highest = fd != again && fd != again + 1 && fcntl(fd, F_GETFD) >= 0 ? fd : highest;
    tell(highest == STDERR_FILENO, "no descriptor of others");
}

static void see_machine(void) {
    struct stat s;
    char name[64] = "";
    struct ifreq address = {.ifr_name = "eth0"};
    int net = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in web = {.sin_family = AF_INET, .sin_port = htons(80)};
    tell(gethostname(name, sizeof name) == 0 && strcmp(name, "i-0000002a") == 0, "host name");
    tell(is("/etc/hostname", "i-0000002a\n") && strstr(contents("/etc/hosts"), "10.9.0.2\ti-0000002a\n"), "its names");
    tell(lstat("/etc/resolv.conf", &s) == 0 && S_ISREG(s.st_mode) && *contents("/etc/resolv.conf") == '#',
         "no name server, in the place of the image's link");
    tell(ioctl(net, SIOCGIFADDR, &address) == 0 &&
             ((struct sockaddr_in *)(void *)&address.ifr_addr)->sin_addr.s_addr == inet_addr("10.9.0.2"),
         "address");
    tell(strstr(contents("/proc/net/route"), "eth0\t00000000\t0100090A\t0003") != NULL, "route");
    tell(bind(server, (const struct sockaddr *)&web, sizeof web) == 0, "port 80, without being root");
    tell(is("/proc/self/cgroup", "0::/\n") && missing("/sys/fs/cgroup/program"), "its cgroup as the root");
}

static void see_nothing_of_others(void) {
    tell(processes() == 1, "no process but its own");
    tell(missing("/init") && missing("/lib/mvm") && missing("/usr/bin/mvm-guest") && missing("/image") &&
             missing("/writable"),
         "no file of the archive");
    tell(missing("/dev/vda") && missing("/dev/dm-0") && missing("/dev/mem") && missing("/dev/kmsg") &&
             missing("/dev/mapper") && missing("/dev/console") && missing("/dev/ttyS0"),
         "no device of the machine");
    glob_t ports;
    tell(glob("/dev/vport*p1", 0, NULL, &ports) == 0 && ports.gl_pathc == 1 && cannot_write(ports.gl_pathv[0], EACCES),
         "not the agent's port");
    tell(!strstr(contents("/proc/self/mountinfo"), " /image ") &&
             !strstr(contents("/proc/self/mountinfo"), " - rootfs ") &&
             !strstr(contents("/proc/self/mountinfo"), "devtmpfs"),
         "no mount of the archive");
    tell(kill(-1, 0) < 0 && errno == ESRCH, "nothing to signal");
}

static void see_bounds(void) {
    tell(is("/proc/kcore", "") && is("/proc/keys", "") && is("/proc/timer_list", ""), "masked files");
    tell(rmdir("/sys/firmware/acpi") < 0 && (errno == ENOENT || errno == EROFS) && missing("/sys/firmware/acpi"),
         "masked folders");
    tell(mount("x", "/tmp", "tmpfs", 0, NULL) < 0 && errno == EPERM, "no mount");
    tell(mknod("/tmp/null", S_IFCHR | 0666, makedev(1, 3)) < 0 && errno == EPERM, "no device");
    tell(cannot_write("/etc/hosts", EACCES) && cannot_write("/probe", EACCES), "root's files are root's");
}

static void fill(const char *path) {
    static char bytes[1 << 16];
    memset(bytes, 'x', sizeof bytes);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    long written = 0;
    ssize_t n;
    while ((n = write(file, bytes, sizeof bytes)) > 0)
        written += n;
    tell(n < 0 && errno == ENOSPC && written > 6 << 20 && written <= 8 << 20, "a writable layer of 8 MiB");
    close(file);
    unlink(path);
}

// As root by the set-user-ID bit, with what root of a container may do: out of every root it can find.
static void escape(void) {
    char text[8] = "";
    tell(geteuid() == 0, "the set-user-ID bit of the image");
    tell(mount("x", "/tmp", "tmpfs", 0, NULL) < 0 && errno == EPERM, "root: no mount");
    tell(mknod("/dev/disk", S_IFBLK | 0666, makedev(254, 0)) < 0 && errno == EPERM, "root: no device");
    tell(unshare(CLONE_NEWNS) < 0 && errno == EPERM, "root: no namespace");
    tell(cannot_write("/proc/sysrq-trigger", EROFS) && cannot_write("/proc/sys/kernel/core_pattern", EROFS) &&
             cannot_write("/sys/kernel/mm/transparent_hugepage/enabled", EROFS),
         "root: the kernel's settings are read-only");
    tell(syscall(SYS_init_module, "", 0ul, "") < 0 && errno == EPERM, "root: no module");
    tell(syscall(SYS_reboot, 0xfee1dead, 672274793, 0x1234567, NULL) < 0 && errno == EPERM, "root: no reboot");
    tell(syscall(SYS_bpf, 5, "", 0) < 0 && errno != ENOSYS, "root: no bpf");
    tell(sethostname("x", 1) < 0 && errno == EPERM, "root: no host name");
    mkdir("/tmp/in", 0755);
    bool moved = chroot("/tmp/in") == 0;
    for (int i = 0; i < 64; i++)
        moved = moved && chdir("..") == 0;
    moved = moved && chroot(".") == 0;
    tell(moved && access("/probe", F_OK) == 0 && missing("/init") && missing("/lib/mvm"),
         "root: no way out of the root");
    glob_t ports;
    tell(glob("/dev/vport*p1", 0, NULL, &ports) || (unlink(ports.gl_pathv[0]) < 0 && errno == EBUSY),
         "root: the agent's port stays the machine's");
    tell(*text == 0 && access("/.mvm/config", F_OK) == 0, "root: still in the image");
}

static void run(const char *path, const char *word) {
    int status;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        execl(path, path, word, (char *)NULL);
        _exit(99);
    }
    if (waitpid(pid, &status, 0) != pid || status != 0)
        tell(false, word);
}

static int see(char **environment) {
    see_itself(environment);
    see_outputs();
    see_machine();
    see_nothing_of_others();
    see_bounds();
    fill("/tmp/fill");
    tell(is("/data", "old\n"), "a file of the image");
    run("/root-probe", "escape");
    fprintf(stderr, "to its errors\n");
    printf("a\033[2Jb\\c\nno end");
    return 7;
}

static int read_only(void) {
    tell(cannot_write("/tmp/new", EROFS) && cannot_write("/data", EROFS) && cannot_write("/etc/hosts", EROFS),
         "nothing of the root can be written");
    tell(mkdir("/new", 0755) < 0 && errno == EROFS && unlink("/data") < 0 && errno == EROFS, "nor made or removed");
    tell(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL) < 0 && errno == EPERM, "nor made writable");
    tell(cannot_write("/dev/shm/new", 0), "shared memory can be written");
    return 0;
}

static _Noreturn void eat(void) {
    for (size_t i = 0;; i++) {
        char *bytes = malloc(1 << 20);
        if (bytes)
            memset(bytes, (int)i, 1 << 20);
    }
}

static volatile sig_atomic_t caught;
static volatile int *volatile nowhere;

static void catch (int number) {
    caught = number;
}

// Opens the pipe when it is ready for signals: who opens the other end knows then.
static int wait_for_signal(bool ignore) {
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (int number = 1; number < 32; number++)
        signal(number, ignore ? SIG_IGN : catch);
    close(open("/pipe", O_WRONLY));
    do
        sigsuspend(&none);
    while (ignore);
    printf("signal %d\n", caught);
    return 3;
}

static int read_all(const char *path) {
    char bytes[4096];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n;
    printf("reading\n");
    fflush(stdout);
    while ((n = read(file, bytes, sizeof bytes)) > 0)
        ;
    printf("%s\n", n < 0 ? strerror(errno) : "read");
    fflush(stdout);
    while (n < 0) // what hears of the fault ends the machine
        pause();
    return 0;
}

// Of the agent's, beside the program.
static int inside(void) {
    close(open("/pipe", O_RDONLY));
    tell(getuid() == 0 && getpid() > 1, "root, in the program's namespace");
    tell(processes() == 2 && strstr(contents("/proc/1/cmdline"), "/probe"), "the program and itself");
    tell(missing("/init") && missing("/lib/mvm") && access("/.mvm/config", F_OK) == 0, "the image as its root");
    tell(syscall(SYS_reboot, 0xfee1dead, 672274793, 0x1234567, NULL) < 0 && errno == EPERM, "no reboot");
    tell(syscall(SYS_init_module, "", 0ul, "") < 0 && errno == EPERM, "no module");
    tell(mknod("/dev/disk", S_IFBLK | 0666, makedev(254, 0)) < 0 && errno == EPERM, "no device");
    return 5;
}

// Of the agent's, beside a program that attacks.
static int beside(void) {
    close(open("/pipe", O_RDONLY));
    tell(getpid() > 1 && processes() == 2, "in the program's namespace of processes");
    tell(access("/elsewhere/mark", F_OK) == 0, "in the view that process 1 has made");
    return 5;
}

static int volume(void) {
    tell(is("/data/kept", "kept\n"), "what was written before");
    int file = open("/data/kept", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    tell(file >= 0 && write(file, "kept\n", 5) == 5 && fsync(file) == 0, "the volume can be written");
    tell(strstr(contents("/proc/self/mountinfo"), " /data rw,nosuid,nodev") != NULL, "without devices of its own");
    return 0;
}

int main(int count, char **arguments, char **environment) {
    const char *word = count > 1 ? arguments[1] : "";
    setvbuf(stdout, NULL, _IOFBF, 4096);
    if (strcmp(word, "see") == 0)
        return see(environment);
    if (strcmp(word, "escape") == 0)
        return escape(), 0;
    if (strcmp(word, "inside") == 0)
        return inside();
    if (strcmp(word, "beside") == 0)
        return beside();
    if (strcmp(word, "read") == 0)
        return read_all(arguments[2]);
    if (strcmp(word, "read-only") == 0)
        return read_only();
    if (strcmp(word, "volume") == 0)
        return volume();
    if (strcmp(word, "eat") == 0)
        eat();
    if (strcmp(word, "wait") == 0)
        return wait_for_signal(false);
    if (strcmp(word, "ignore") == 0)
        return wait_for_signal(true);
    if (strcmp(word, "fault") == 0)
        *nowhere = 0;
    return 99;
}
