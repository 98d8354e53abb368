// Stands in for Firecracker's jailer: takes exactly the arguments that mvm-launch must give it and makes the same calls
// in the same order as jailer 1.15 to 1.17, then executes the program as the VMM would be.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void must(int result, const char *what) {
    if (result < 0) {
        fprintf(stderr, "jailer: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static void argument(char **arguments, int i, const char *name) {
    if (!arguments[i] || strcmp(arguments[i], name) != 0) {
        fprintf(stderr, "jailer: argument %d is not %s\n", i, name);
        exit(1);
    }
}

static void copy(const char *from, const char *to, uid_t user) {
    struct stat s;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    must(fstat(in, &s), from);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0500);
    must(out, to);
    must(sendfile(out, in, NULL, (size_t)s.st_size) == s.st_size ? 0 : -1, "copy");
    must(fchown(out, user, user), "chown of the copy");
    close(out);
    close(in);
}

static void own(const char *path, uid_t user) {
    if (mkdir(path, 0700) && errno != EEXIST)
        must(-1, path);
    must(chmod(path, 0700), path);
    must(chown(path, user, user), path);
}

static void node(const char *path, unsigned minor, uid_t user) {
    must(mknod(path, S_IFCHR | 0600, makedev(minor == 9 ? 1 : 10, minor)), path);
    must(chown(path, user, user), path);
}

int main(int count, char **a) {
    static const char *const WANT[] = {"/usr/lib/mvm/jailer",
                                       "--id",
                                       NULL,
                                       "--exec-file",
                                       "/usr/lib/mvm/firecracker",
                                       "--uid",
                                       NULL,
                                       "--gid",
                                       NULL,
                                       "--chroot-base-dir",
                                       "/srv/mvm/jail",
                                       "--cgroup-version",
                                       "2",
                                       "--parent-cgroup",
                                       NULL,
                                       "--",
                                       "--api-sock",
                                       "/io/api.sock",
                                       "--seccomp-filter",
                                       "/seccomp"};
    char root[256], program[300], parent[4096];
    if ((count != 18 && count != 20) || environ[0]) {
        fprintf(stderr, "jailer: %d arguments, environment %s\n", count, environ[0] ? environ[0] : "empty");
        return 1;
    }
    for (int i = 0; i < count; i++) {
        if (WANT[i])
            argument(a, i, WANT[i]);
    }
    uid_t user = (uid_t)strtoul(a[6], NULL, 10);
    argument(a, 8, a[6]);
    must((int)syscall(SYS_close_range, 3u, ~0u, 0u), "close_range");
    snprintf(parent, sizeof parent, "/sys/fs/cgroup/%s/cgroup.procs", a[14]);
    must(*a[14] == '/' ? -1 : 0, "parent cgroup is absolute");
    snprintf(root, sizeof root, "/srv/mvm/jail/firecracker/%s/root", a[2]);
    snprintf(program, sizeof program, "%s/firecracker", root);
    if (mkdir(root, 0700) && errno != EEXIST)
        must(-1, root);
    copy("/usr/lib/mvm/firecracker", program, user);
    int procs = open(parent, O_WRONLY | O_CLOEXEC); // the cgroup that the launcher is in already
    must((int)write(procs, "0", 1), parent);
    close(procs);
    struct rlimit files = {2048, 2048};
    must(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
    must(unshare(CLONE_NEWNS), "unshare");
    must(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL), "slave");
    must(mount(root, root, NULL, MS_BIND | MS_REC, NULL), "bind");
    must(chdir(root), "chdir");
    must(mkdir("old_root", 0700), "old_root");
    must((int)syscall(SYS_pivot_root, ".", "old_root"), "pivot_root");
    must(chdir("/"), "chdir");
    must(umount2("old_root", MNT_DETACH), "umount");
    must(rmdir("old_root"), "rmdir");
    own("/", user);
    own("/dev", user);
    own("/dev/net", user);
    own("/run", user);
    node("/dev/net/tun", 200, user);
    node("/dev/kvm", 232, user);
    node("/dev/urandom", 9, user);
    must(setresgid(user, user, user), "setgid");
    must(setgroups(0, NULL), "setgroups");
    must(setresuid(user, user, user), "setuid");
    char *arguments[] = {"/firecracker", "--id", a[2], a[16], a[17], a[18], count == 20 ? a[19] : NULL, NULL},
         *nothing[] = {NULL};
    execve("/firecracker", arguments, nothing);
    must(-1, "exec");
}
