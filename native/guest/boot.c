// Sets the machine up, as process 1, before the agent starts. A failure is reported on the console and does not stop
// the start: a guest with a channel can still be examined by its host.
#include "guest.h"

#include <arpa/inet.h>
#include <glob.h>
#include <net/if.h>
#include <net/route.h>
#include <sys/mount.h>
#include <sys/syscall.h>

static void mount_at(const char *path, const char *type, unsigned long flags, const char *options) {
    mkdir(path, 0755); // it may exist; if it cannot be made, mount(2) fails as well
    if (mount(type, path, type, MS_NOSUID | flags, options) && errno != EBUSY) // EBUSY: the kernel has mounted it
        say_error(path);
}

static void load_module(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || (syscall(SYS_finit_module, file, "", 0) && errno != EEXIST))
        say_error(path);
    close_fd(&file);
}

static void load_modules(void) {
    glob_t modules;
    if (glob("/lib/mvm/modules/*.ko", 0, NULL, &modules))
        return; // there is no module
    for (size_t i = 0; i < modules.gl_pathc; i++)
        load_module(modules.gl_pathv[i]);
    globfree(&modules);
}

static struct sockaddr socket_address(struct in_addr ip) {
    const struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = ip};
    struct sockaddr out;
    memcpy(&out, &in, sizeof out);
    return out;
}

// Parses ADDRESS/PREFIX,GATEWAY.
static bool parse_network(const char *text, struct in_addr *address, struct in_addr *mask, struct in_addr *gateway) {
    char own[16], next[16], end;
    unsigned prefix;
    if (sscanf(text, "%15[0-9.]/%2u,%15[0-9.]%c", own, &prefix, next, &end) != 3 || prefix < 1 || prefix > 32)
        return false;
    mask->s_addr = htonl(UINT32_MAX << (32 - prefix));
    return inet_pton(AF_INET, own, address) == 1 && inet_pton(AF_INET, next, gateway) == 1;
}

// Gives eth0 its address and the default route. Returns false with errno set.
static bool configure(int net, const char *text) {
    struct in_addr ip, bits, next;
    errno = EINVAL;
    if (!parse_network(text, &ip, &bits, &next))
        return false;
    struct ifreq address = {.ifr_name = "eth0", .ifr_addr = socket_address(ip)};
    struct ifreq mask = {.ifr_name = "eth0", .ifr_netmask = socket_address(bits)};
    struct ifreq up = {.ifr_name = "eth0", .ifr_flags = IFF_UP | IFF_MULTICAST};
    struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY, .rt_gateway = socket_address(next)};
    route.rt_dst.sa_family = AF_INET; // 0.0.0.0
    return ioctl(net, SIOCSIFADDR, &address) == 0 && ioctl(net, SIOCSIFNETMASK, &mask) == 0 &&
           ioctl(net, SIOCSIFFLAGS, &up) == 0 && ioctl(net, SIOCADDRT, &route) == 0;
}

// Takes mvm.id and mvm.net from the kernel's command line. All other words are for the kernel.
static void obey_command_line(int net) {
    static char line[4096];
    if (!read_text("/proc/cmdline", line, sizeof line))
        say_error("/proc/cmdline");
    for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
        if (strncmp(word, "mvm.id=", 7) == 0 && sethostname(word + 7, strlen(word + 7)))
            say_error("mvm.id");
        if (strncmp(word, "mvm.net=", 8) == 0 && !configure(net, word + 8))
            say_error("mvm.net");
    }
}

void boot_machine(void) {
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    mount_at("/proc", "proc", MS_NODEV | MS_NOEXEC, NULL);
    mount_at("/sys", "sysfs", MS_NODEV | MS_NOEXEC, NULL);
    mount_at("/dev", "devtmpfs", 0, "mode=755");
    mount_at("/dev/pts", "devpts", MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
    mount_at("/run", "tmpfs", MS_NODEV, "mode=755");
    mount_at("/tmp", "tmpfs", MS_NODEV, "mode=1777");
    load_modules();
    int net = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (ioctl(net, SIOCSIFFLAGS, &lo)) // also fails if there is no socket
        say_error("lo");
    obey_command_line(net);
    close(net);
}

// Starts the worker, if the image has one. Its process does not return.
void boot_worker(void) {
    static const int AS_HERE[] = {-1, -1, -1, -1};
    char *arguments[] = {WORKER, NULL};
    char *no_variables[] = {NULL};
    if (getpid() != 1 || access(WORKER, F_OK) != 0)
        return;
    pid_t pid = exec_fork(AS_HERE, no_variables, false);
    if (pid < 0)
        say_error(WORKER);
    if (pid != 0)
        return;
    execv(WORKER, arguments);
    say_error(WORKER);
    _exit(127);
}
