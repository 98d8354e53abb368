// What the first process does before it is an agent. Nothing is fatal: any guest that talks to its host is better.
#include "guest.h"

#include <arpa/inet.h>
#include <glob.h>
#include <net/if.h>
#include <net/route.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#define check(good, what) ((good) ? 0 : say("%s: %s", what, strerror(errno)))

static void make_mount(const char *type, const char *path, unsigned long flags, const char *options) {
    mkdir(path, 0755);
    check(mount(type, path, type, MS_NOSUID | flags, options) == 0 || errno == EBUSY, path); // by the kernel itself
}

// ADDRESS/PREFIX,GATEWAY
static bool configure(int net, const char *text) {
    struct ifreq own = {.ifr_name = "eth0", .ifr_addr.sa_family = AF_INET}, mask = own, up = own;
    struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY, .rt_dst.sa_family = AF_INET, .rt_gateway = own.ifr_addr};
    struct sockaddr_in *ip = (void *)&own.ifr_addr, *bits = (void *)&mask.ifr_addr, *next = (void *)&route.rt_gateway;
    char address[16], gateway[16], end;
    unsigned prefix = 0;
    errno = EINVAL;
    if (sscanf(text, "%15[0-9.]/%2u,%15[0-9.]%c", address, &prefix, gateway, &end) != 3 || prefix < 1 || prefix > 32 ||
        inet_pton(AF_INET, address, &ip->sin_addr) != 1 || inet_pton(AF_INET, gateway, &next->sin_addr) != 1)
        return false;
    bits->sin_addr.s_addr = htonl(UINT32_MAX << (32 - prefix));
    up.ifr_flags = IFF_UP | IFF_MULTICAST;
    return ioctl(net, SIOCSIFADDR, &own) == 0 && ioctl(net, SIOCSIFNETMASK, &mask) == 0 &&
           ioctl(net, SIOCSIFFLAGS, &up) == 0 && ioctl(net, SIOCADDRT, &route) == 0;
}

void boot_worker(void) {
    char *arguments[] = {WORKER, NULL}, *none[] = {NULL};
    if (getpid() == 1 && access(WORKER, F_OK) == 0 && exec_apart((int[]){0, 1, 2, -1}, none, false) == 0) {
        execv(WORKER, arguments);
        check(false, WORKER);
        _exit(127);
    }
}

void boot_machine(void) {
    static char line[4096];
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    glob_t modules;
    make_mount("proc", "/proc", MS_NODEV | MS_NOEXEC, NULL);
    make_mount("sysfs", "/sys", MS_NODEV | MS_NOEXEC, NULL);
    make_mount("devtmpfs", "/dev", 0, "mode=755");
    make_mount("devpts", "/dev/pts", MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
    make_mount("tmpfs", "/run", MS_NODEV, "mode=755");
    make_mount("tmpfs", "/tmp", MS_NODEV, "mode=1777");
    glob("/lib/mvm/modules/*.ko", 0, NULL, &modules);
    for (char **path = modules.gl_pathv; modules.gl_pathc-- > 0; path++) // whose descriptors agent_start() closes
        check(syscall(SYS_finit_module, open(*path, O_RDONLY), "", 0) == 0 || errno == EEXIST, *path);
    int net = socket(AF_INET, SOCK_DGRAM, 0);
    check(ioctl(net, SIOCSIFFLAGS, &lo) == 0, "lo");
    check(read_text("/proc/cmdline", line, sizeof line), "/proc/cmdline");
    for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
        if (strncmp(word, "mvm.id=", 7) == 0)
            check(sethostname(word + 7, strlen(word + 7)) == 0, "mvm.id");
        if (strncmp(word, "mvm.net=", 8) == 0)
            check(configure(net, word + 8), "mvm.net");
    }
}
