// First process of the machine that a test of a whole program runs in, TEST PROGRAM --whole: mounts, modules, then the
// test, whose output goes to the console, then power off.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef TEST
#define TEST "/production_test"
#define PROGRAM "/usr/lib/mvm/mvm-launch"
#endif

static void insert_modules(void) {
    struct dirent **entries;
    int n = scandir("/modules", &entries, NULL, alphasort);
    char path[512];
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/modules/%s", entries[i]->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (syscall(SYS_finit_module, fd, "", 0))
            printf("# %s: %m\n", path);
        close(fd);
    }
}

int main(void) {
    // pivot_root(2) does not leave the initial file system itself, but a mount of it
    mkdir("/new", 0755);
    if (mount("/", "/new", NULL, MS_BIND, NULL) || chdir("/new") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot("."))
        return 1;
    mount("proc", "/proc", "proc", 0, NULL);
    mount("sys", "/sys", "sysfs", 0, NULL);
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    mount("cgroup", "/sys/fs/cgroup", "cgroup2", 0, NULL);
    mount("srv", "/srv", "tmpfs", 0, NULL);
    mount("var", "/var", "tmpfs", 0, NULL);
    mount("run", "/run", "tmpfs", 0, NULL);
    int console = open("/dev/console", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3; fd++)
        dup2(console, fd);
    insert_modules();
    int controllers = open("/sys/fs/cgroup/cgroup.subtree_control", O_WRONLY | O_CLOEXEC);
    if (write(controllers, "+cpu +memory +pids", 18) != 18)
        printf("# controllers: %m\n");
    close(controllers);
    pid_t pid = fork();
    if (pid == 0) {
        execl(TEST, TEST, PROGRAM, "--whole", (char *)NULL);
        _exit(1);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    printf("# %s: status %d\nEND\n", TEST + 1, status);
    fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
}
