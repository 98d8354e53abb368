// What process 1 does before there is an image: file systems of the kernel's, modules, host name, network.
#include "init.h"

#include <arpa/inet.h>
#include <glob.h>
#include <net/if.h>
#include <net/route.h>

#define CGROUP "/sys/fs/cgroup"

bool read_file(const char *path, char *text, size_t size) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? -1 : read(file, text, size - 1);
    if (file >= 0)
        close(file);
    text[n < 0 ? 0 : n] = 0;
    return n >= 0;
}

bool write_file(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    bool good = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
    if (file >= 0)
        close(file);
    return good;
}

static void mount_at(const char *path, const char *type, unsigned long flags, const char *options) {
    if (mount(type, path, type, MS_NOSUID | flags, options) && errno != EBUSY) // EBUSY: the kernel has mounted it
        fail("mount_failed", NOT_STARTED, path, errno);
}

// The program's memory is accounted for, so that its end by want of memory can be told.
static void make_cgroup(void) {
    mount_at(CGROUP, "cgroup2", MS_NODEV | MS_NOEXEC, NULL);
    if (!write_file(CGROUP "/cgroup.subtree_control", "+memory +pids") || mkdir(CGROUP "/program", 0755))
        fail("mount_failed", NOT_STARTED, CGROUP, errno);
}

void machine_mount(void) {
    mount_at("/proc", "proc", MS_NODEV | MS_NOEXEC, NULL);
    mount_at("/sys", "sysfs", MS_NODEV | MS_NOEXEC, NULL);
    mount_at("/dev", "devtmpfs", 0, "mode=755");
    mount_at("/run", "tmpfs", MS_NODEV, "mode=755");
    make_cgroup();
}

void machine_command_line(struct boot *out) {
    static char line[LINE_MAX_BYTES];
    if (!read_file("/proc/cmdline", line, sizeof line))
        fail("cmdline_invalid", NOT_STARTED, "/proc/cmdline", errno);
    cmdline_parse(line, out);
}

// ENODEV: its hardware is not there, so nothing here needs it. What is in the kernel need not stay in the archive.
static void load_module(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || (syscall(SYS_finit_module, file, "", 0) && errno != EEXIST && errno != ENODEV))
        fail("module_failed", NOT_STARTED, path, errno);
    close(file);
    unlink(path);
}

void machine_load_modules(void) {
    glob_t modules;
    if (glob("/lib/mvm/modules/*.ko", 0, NULL, &modules))
        fail("module_failed", NOT_STARTED, "there are no modules", 0);
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

void machine_name(const struct boot *b) {
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int net = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    // the port as container runtimes have it, for programs that are no root and serve port 80
    if (sethostname(b->id, strlen(b->id)) || ioctl(net, SIOCSIFFLAGS, &lo) ||
        !write_file("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0"))
        fail("network_failed", NOT_STARTED, "lo", errno);
    if (*b->network && !configure(net, b->network))
        fail("network_failed", NOT_STARTED, b->network, errno);
    close(net);
}
