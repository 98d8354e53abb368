// The fields and descriptors of requests for QEMU.
#define _GNU_SOURCE
#include "launch.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define TUN makedev(10, 200) // admin-guide/devices.txt
#define RANGE 0x0af00000u    // 10.240.0.0/12
#define RANGE_MASK 0xfff00000u

static bool choice(struct cursor *c, const char *key, const char *no, const char *yes, bool *out) {
    struct cursor value;
    if (!cursor_line(c, key, &value))
        return false;
    *out = cursor_literal(&value, yes);
    return (*out || cursor_literal(&value, no)) && value.at == value.end;
}

static bool ipv4(struct cursor *c, uint32_t *out) {
    *out = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t octet;
        if ((i > 0 && !cursor_literal(c, ".")) || !cursor_decimal(c, 0, 255, &octet))
            return false;
        *out = *out << 8 | octet;
    }
    return true;
}

// ADDRESS/PREFIX,GATEWAY in mvm's own range. The gateway is the lowest address; the guest's follows from its user id.
static bool network(struct cursor *c, struct request *out) {
    struct cursor value;
    uint32_t address, prefix, gateway;
    if (!cursor_line(c, "net", &value) || (size_t)(value.end - value.at) >= sizeof out->net)
        return false;
    memcpy(out->net, value.at, (size_t)(value.end - value.at));
    if (!ipv4(&value, &address) || !cursor_literal(&value, "/") || !cursor_decimal(&value, 12, 29, &prefix) ||
        !cursor_literal(&value, ",") || !ipv4(&value, &gateway) || value.at != value.end)
        return false;
    uint32_t hosts = (1u << (32 - prefix)) - 1, base = address & ~hosts, offset = request_offset(out);
    return (base & RANGE_MASK) == RANGE && offset < hosts && address == base + offset && gateway == base + 1;
}

static const char *fields(struct cursor *c, struct request *out) {
    if (!choice(c, "accel", "tcg", "kvm", &out->kvm))
        return "accel";
    if (!network(c, out))
        return "net";
    return choice(c, "resume", "0", "1", &out->resume) ? NULL : "resume";
}

static const char *tap(int fd, const struct request *r) {
    struct stat s;
    struct ifreq ifr = {0};
    char name[IFNAMSIZ];
    snprintf(name, sizeof name, "tn%ui%u", request_net(r), request_offset(r));
    if (fstat(fd, &s) || !S_ISCHR(s.st_mode) || s.st_rdev != TUN || !descriptor_is_open_for(fd, O_RDWR))
        return "tap is not /dev/net/tun";
    if (ioctl(fd, TUNGETIFF, &ifr) || !(ifr.ifr_flags & IFF_TAP) || strncmp(ifr.ifr_name, name, IFNAMSIZ) != 0)
        return "tap is not attached to the instance's own interface";
    return NULL;
}

const struct grammar QEMU = {"qemu",
                             fields,
                             {[KERNEL] = {MUST, descriptor_artefact},
                              [ROOTFS] = {MUST, descriptor_artefact},
                              [TAP] = {MUST, tap},
                              [DRIVE] = {MAY, descriptor_drive}}};
