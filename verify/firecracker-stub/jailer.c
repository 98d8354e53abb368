// Firecracker's jailer: its command line, what it refuses, and its system calls in its order.
// Source: src/jailer of Firecracker's main at 81b38b9d, and strace of 1.15.1, 1.16.1 and 1.17.0-dev.
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

enum { MANY = 16 };
enum { ID, EXEC_FILE, USER, GROUP, BASE, CGROUP_VERSION, PARENT, NETNS, TAKING };

static const char *values[TAKING] = {[BASE] = "/srv/jailer", [CGROUP_VERSION] = "1"};
static const char *cgroups[MANY], *limits[MANY];
static size_t cgroup_count, limit_count;
static bool new_pid_ns;
static char **extra;
static uid_t user, group;
static int64_t started[2];

static _Noreturn __attribute__((format(printf, 1, 2))) void stop(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

// errno as Rust says it
static const char *os_error(void) {
    static char text[256];
    int e = errno;
    snprintf(text, sizeof text, "%s (os error %d)", strerror(e), e);
    return text;
}

static void must(bool good, const char *what) {
    if (!good)
        stop("%s: %s", what, os_error());
}

static void must_path(bool good, const char *what, const char *path) {
    if (!good)
        stop("%s %s: %s", what, path, os_error());
}

static int64_t microseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static void parse(int count, char **arguments) {
    static const char *const NAMES[] = {"id",
                                        "exec-file",
                                        "uid",
                                        "gid",
                                        "chroot-base-dir",
                                        "cgroup-version",
                                        "parent-cgroup",
                                        "netns",
                                        "cgroup",
                                        "resource-limit",
                                        "new-pid-ns",
                                        "version",
                                        "daemonize"};
    enum { CGROUP = TAKING, LIMIT, NEW_PID_NS, VERSION_FLAG, DAEMONIZE, OPTIONS };
    bool given[OPTIONS] = {0};
    for (int i = 1; i < count && strcmp(arguments[i], "--") != 0; i++) {
        const char *name = arguments[i] + 2, *value = i + 1 < count ? arguments[i + 1] : "--";
        int which = 0;
        while (strncmp(arguments[i], "--", 2) == 0 && which < OPTIONS && strcmp(name, NAMES[which]) != 0)
            which++;
        if (strncmp(arguments[i], "--", 2) != 0 || which == OPTIONS)
            stop(
                "Failed to parse arguments: Found argument '%s' which wasn't expected, or isn't valid in this context.",
                strncmp(arguments[i], "--", 2) ? arguments[i] : name);
        if (given[which] && which != CGROUP && which != LIMIT)
            stop("Failed to parse arguments: The argument '%s' was provided more than once.", arguments[i]);
        given[which] = true;
        if (which < NEW_PID_NS && (strncmp(value, "--", 2) == 0 || ++i >= count))
            stop("Failed to parse arguments: The argument '%s' requires a value, but none was supplied.", name);
        if (which < TAKING)
            values[which] = value;
        else if (which == CGROUP ? cgroup_count == MANY : which == LIMIT && limit_count == MANY)
            stop("the stand-in takes %d of '%s'", MANY, name);
        else if (which == CGROUP)
            cgroups[cgroup_count++] = value;
        else if (which == LIMIT)
            limits[limit_count++] = value;
    }
    for (extra = arguments; *extra && strcmp(*extra, "--") != 0;)
        extra++;
    extra += *extra != NULL;
    new_pid_ns = given[NEW_PID_NS];
    if (given[VERSION_FLAG]) {
        printf("Jailer v" VERSION "\n\n");
        exit(0);
    }
    for (int i = ID; i <= GROUP; i++) {
        if (!given[i])
            stop("Failed to parse arguments: Argument '%s' required, but not found.", NAMES[i]);
    }
    if (given[DAEMONIZE])
        stop("the stand-in does not daemonize");
}

static uid_t number(const char *text, const char *what) {
    char *end;
    unsigned long out = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || out > UINT32_MAX)
        stop("Invalid %s: %s", what, text);
    return (uid_t)out;
}

static void check_id(const char *id) {
    size_t length = strlen(id);
    if (length < 1 || length > 64)
        stop("Invalid instance ID: Invalid len (%zu);  the length must be between 1 and 64", length);
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)id[i]) && id[i] != '-')
            stop("Invalid instance ID: Invalid char (%c) at position %zu", id[i], i);
    }
}

static void must_be_below(const char *path, const char *complaint) {
    char copy[PATH_MAX], *rest = copy;
    snprintf(copy, sizeof copy, "%s", path);
    bool bad = *path == '/' || strncmp(path, "./", 2) == 0 || strcmp(path, ".") == 0;
    for (char *part; (part = strsep(&rest, "/"));)
        bad = bad || strcmp(part, "..") == 0;
    if (bad)
        stop("%s", complaint);
}

static void write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool good = fd >= 0 && write(fd, text, strlen(text)) >= 0;
    must_path(good, "Failed to write to", path);
    close(fd);
}

static void make_directories(const char *path, mode_t mode) {
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    for (char *at = copy + 1;; at++) {
        if (*at == '/' || !*at) {
            char end = *at;
            *at = 0;
            must_path(mkdir(copy, mode) == 0 || errno == EEXIST, "Failed to create directory", copy);
            *at = end;
            if (!end)
                return;
        }
    }
}

// Where cgroup v2 is mounted, from /proc/mounts.
static void hierarchy(char out[static PATH_MAX]) {
    char line[8192];
    FILE *mounts = fopen("/proc/mounts", "re");
    must(mounts, "Failed to open file /proc/mounts");
    while (fgets(line, sizeof line, mounts)) {
        if (sscanf(line, "%*s %4095s cgroup2 ", out) == 1 && strstr(line, " cgroup2 ")) {
            fclose(mounts);
            return;
        }
    }
    stop("Hierarchy not found: No hierarchy found for this cgroup version.");
}

// Without properties the process moves to the parent, if that exists; with them to a child of it named ID.
static void enter_cgroup(const char *exec_name) {
    char path[2 * PATH_MAX], root[PATH_MAX], procs[2 * PATH_MAX + 32], text[PATH_MAX];
    const char *parent = values[PARENT] ? values[PARENT] : exec_name;
    must_be_below(parent, "Parent cgroup path is invalid. Path should not be absolute or contain '..' or '.'");
    uid_t version = number(values[CGROUP_VERSION], "cgroup version");
    if (version != 2 && (version != 1 || cgroup_count > 0))
        stop("%u is an invalid cgroup version specifier for the stand-in", version);
    if (version == 1)
        return;
    hierarchy(root);
    snprintf(path, sizeof path, "%s/%s", root, parent);
    snprintf(procs, sizeof procs, "%s/cgroup.procs", path);
    snprintf(text, sizeof text, "%d", getpid());
    if (cgroup_count == 0 && access(path, F_OK) == 0) {
        int fd = open(procs, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (fd < 0 || write(fd, text, strlen(text)) < 0)
            stop("Failed to move process to cgroup (%s): %s.\nHint: If you intended to create a child cgroup under %s, "
                 "pass "
                 "any --cgroup parameters.",
                 path, os_error(), path);
        close(fd);
    }
    for (size_t i = 0; i < cgroup_count; i++) {
        const char *value = strchr(cgroups[i], '=');
        if (!value || !value[1] || strchr(value + 1, '='))
            stop("Invalid format for cgroups: %s", cgroups[i]);
        must_be_below(cgroups[i], "Cgroup invalid file");
    }
}

static void enter_cgroup_child(const char *exec_name) {
    char path[2 * PATH_MAX], root[PATH_MAX], file[3 * PATH_MAX], text[PATH_MAX];
    if (cgroup_count == 0)
        return;
    hierarchy(root);
    snprintf(path, sizeof path, "%s/%s/%s", root, values[PARENT] ? values[PARENT] : exec_name, values[ID]);
    make_directories(path, 0777);
    for (size_t i = 0; i < cgroup_count; i++) {
        const char *value = strchr(cgroups[i], '=');
        snprintf(file, sizeof file, "%s/%.*s", path, (int)(value - cgroups[i]), cgroups[i]);
        snprintf(text, sizeof text, "%s\n", value + 1);
        write_file(file, text);
    }
    snprintf(file, sizeof file, "%s/cgroup.procs", path);
    snprintf(text, sizeof text, "%d\n", getpid());
    write_file(file, text);
}

static unsigned uffd_minor(void) {
    char line[256], name[64];
    unsigned minor = 0, found = 0;
    FILE *misc = fopen("/proc/misc", "re");
    while (misc && fgets(line, sizeof line, misc)) {
        if (sscanf(line, "%u %63s", &minor, name) == 2 && strcmp(name, "userfaultfd") == 0)
            found = minor;
    }
    if (misc)
        fclose(misc);
    return found;
}

static void copy_program(const char *from, const char *to) {
    struct stat s;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    must_path(in >= 0 && fstat(in, &s) == 0, "Failed to open", from);
    int out = open(to, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, s.st_mode & 07777);
    off_t size = s.st_size;
    must_path(out >= 0 && fstat(out, &s) == 0, "Failed to open", to);
    if (s.st_nlink > 1)
        stop("Detected hard link at: %s", to);
    must_path(fchown(out, user, group) == 0, "Failed to change owner for", to);
    ssize_t n = copy_file_range(in, NULL, out, NULL, (size_t)size, 0);
    if (n < 0)
        n = 0;
    while (n < size) {
        ssize_t more = sendfile(out, in, NULL, (size_t)(size - n));
        if (more <= 0)
            stop("Failed to copy %s to %s: %s", from, to, os_error());
        n += more;
    }
    close(out);
    close(in);
}

static void set_limits(void) {
    struct rlimit files = {2048, 2048}, size = {RLIM_INFINITY, RLIM_INFINITY};
    for (size_t i = 0; i < limit_count; i++) {
        char *end, *value = strchr(limits[i], '=');
        if (!value)
            stop("Invalid format for resources limits: %s", limits[i]);
        rlim_t limit = strtoul(value + 1, &end, 10);
        if (!isdigit((unsigned char)value[1]) || *end)
            stop("Invalid limit value for resource: %s: invalid digit found in string", value + 1);
        if (strncmp(limits[i], "no-file=", 8) == 0)
            files = (struct rlimit){limit, limit};
        else if (strncmp(limits[i], "fsize=", 6) == 0)
            size = (struct rlimit){limit, limit};
        else
            stop("Invalid resource argument: %.*s", (int)(value - limits[i]), limits[i]);
    }
    if (size.rlim_cur != RLIM_INFINITY && setrlimit(RLIMIT_FSIZE, &size))
        stop("Failed to set limit for resource: size of file");
    if (setrlimit(RLIMIT_NOFILE, &files))
        stop("Failed to set limit for resource: number of file descriptors");
}

#ifdef GUEST_QEMU
// What no real jail has: the host's /usr, for QEMU, in the working directory.
static void show_qemu(void) {
    must(mkdir("usr", 0755) == 0 || errno == EEXIST, "usr");
    must(mount("/usr", "usr", NULL, MS_BIND, NULL) == 0, "/usr");
    must(mount(NULL, "usr", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) == 0,
         "/usr, read-only");
    must(symlink("usr/lib", "lib") == 0 || errno == EEXIST, "/lib");
    must(symlink("usr/lib64", "lib64") == 0 || errno == EEXIST, "/lib64");
}
#endif

static void enter_root(const char *root) {
    must(unshare(CLONE_NEWNS) == 0, "Failed to unshare into new mount namespace");
    must(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) == 0, "Failed to change the propagation type to slave");
    must(mount(root, root, NULL, MS_BIND | MS_REC, NULL) == 0, "Failed to bind mount the jail root directory");
    must(chdir(root) == 0, "Failed to change current directory");
#ifdef GUEST_QEMU
    show_qemu();
#endif
    must(mkdir("old_root", 0600) == 0, "Failed to create the jail root directory before pivoting root");
    must(syscall(SYS_pivot_root, ".", "old_root") == 0, "Failed to pivot root");
    must(chdir("/") == 0, "Failed to chdir into chroot directory");
    must(umount2("old_root", MNT_DETACH) == 0, "Failed to unmount the old jail root");
    must(rmdir("old_root") == 0, "Failed to remove old jail root directory");
}

static void own_folder(const char *path) {
    must_path(mkdir(path, 0777) == 0 || errno == EEXIST, "Failed to create directory", path);
    must_path(chmod(path, 0700) == 0, "Failed to change permissions on", path);
    must_path(chown(path, user, group) == 0, "Failed to change owner for", path);
}

static bool own_device(const char *path, unsigned major_number, unsigned minor_number) {
    bool made = mknod(path, S_IFCHR | 0600, makedev(major_number, minor_number)) == 0;
    if (made)
        must_path(chown(path, user, group) == 0, "Failed to change owner for", path);
    return made;
}

static void must_own_device(const char *path, unsigned minor_number) {
    if (!own_device(path, 10, minor_number))
        stop("Failed to create %s via mknod inside the jail: %s", path, os_error());
}

static _Noreturn void become(const char *program, int64_t jailer_time) {
    char *arguments[128] = {(char *)(uintptr_t)program, (char *)"--id", (char *)(uintptr_t)values[ID]},
         *none[] = {NULL};
    char times[3][32];
    static const char *const NAMES[] = {"--start-time-us", "--start-time-cpu-us", "--parent-cpu-time-us"};
    int64_t numbers[] = {started[0], microseconds(CLOCK_PROCESS_CPUTIME_ID), jailer_time};
    size_t n = 3;
    for (size_t i = 0; i < 3; i++) {
        snprintf(times[i], sizeof times[i], "%ld", numbers[i]);
        arguments[n++] = (char *)(uintptr_t)NAMES[i], arguments[n++] = times[i];
    }
    while (*extra && n < 127)
        arguments[n++] = *extra++;
    // as Rust's Command does it
    if (setgid(group) || setgroups(0, NULL) || setuid(user) || execve(program, arguments, none))
        stop("Failed to exec into Firecracker: %s", os_error());
    abort();
}

static _Noreturn void become_first(const char *program, int64_t jailer_time) {
    char path[PATH_MAX + 8], text[16];
    bool leads = getsid(0) == getpid();
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID, NULL, 0, 0, 0);
    must(pid >= 0, "Failed cloning into a new child process");
    if (pid == 0) {
        must(!leads || setsid() >= 0, "Failed to daemonize: setsid");
        become(program, jailer_time);
    }
    snprintf(path, sizeof path, "%s.pid", program);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    must_path(fd >= 0, "Failed to open file", path);
    must_path(write(fd, text, (size_t)sprintf(text, "%d", pid)) > 0, "Failed to write to", path);
    _exit(0);
}

int main(int count, char **arguments) {
    char exec_path[PATH_MAX], base[PATH_MAX], root[2 * PATH_MAX + 80], target[3 * PATH_MAX], inside[PATH_MAX + 1];
    struct stat s;
    must(syscall(SYS_close_range, 3u, ~0u, 2u) == 0, "Failed to sanitize the Jailer process"); // CLOSE_RANGE_UNSHARE
    clearenv();
    parse(count, arguments);
    started[0] = microseconds(CLOCK_MONOTONIC), started[1] = microseconds(CLOCK_PROCESS_CPUTIME_ID);
    check_id(values[ID]);
    must_path(realpath(values[EXEC_FILE], exec_path), "Failed to canonicalize path", values[EXEC_FILE]);
    if (stat(exec_path, &s) || !S_ISREG(s.st_mode))
        stop("%s is not a file", exec_path);
    const char *name = basename(exec_path);
    must_path(realpath(values[BASE], base), "Failed to canonicalize path", values[BASE]);
    if (stat(base, &s) || !S_ISDIR(s.st_mode))
        stop("%s is not a directory", base);
    user = number(values[USER], "uid"), group = number(values[GROUP], "gid");
    enter_cgroup(name);
    unsigned minor_number = uffd_minor();
    snprintf(root, sizeof root, "%s/%s/%s/root", base, name, values[ID]);
    make_directories(root, 0777);
    snprintf(target, sizeof target, "%s/%s", root, name);
    snprintf(inside, sizeof inside, "/%s", name);
    copy_program(exec_path, target);
    if (values[NETNS]) {
        int fd = open(values[NETNS], O_RDONLY | O_CLOEXEC);
        must_path(fd >= 0, "Failed to open file", values[NETNS]);
        must(setns(fd, CLONE_NEWNET) == 0, "Failed to join network namespace: netns");
        close(fd);
    }
    set_limits();
    enter_cgroup_child(name);
    enter_root(root);
    own_folder("/"), own_folder("/dev"), own_folder("/dev/net"), own_folder("/run");
    must_own_device("/dev/net/tun", 200);
    must_own_device("/dev/kvm", 232);
    if (!own_device("/dev/urandom", 1, 9))
        printf("Warning! Could not create /dev/urandom device inside jailer: %s.\n"
               "MMDS version 2 will not be available to use.\n",
               os_error());
    if (minor_number > 0)
        must_own_device("/dev/userfaultfd", minor_number);
    int64_t jailer_time = microseconds(CLOCK_PROCESS_CPUTIME_ID) - started[1];
    new_pid_ns ? become_first(inside, jailer_time) : become(inside, jailer_time);
}
