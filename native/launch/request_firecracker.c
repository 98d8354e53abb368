// The fields and descriptors of requests for Firecracker.
#define _GNU_SOURCE
#include "launch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define RATE_MAX 1000000
#define FUSE makedev(10, 229) // admin-guide/devices.txt

static const char *fields(struct cursor *c, struct request *out) {
    if (!cursor_number(c, "root", 1, 64, &out->root_mib))
        return "root";
    if (!cursor_number(c, "strict", 0, 1, &out->strict))
        return "strict";
    if (!cursor_number(c, "disk_mib", 0, RATE_MAX, &out->disk_mib))
        return "disk_mib";
    if (!cursor_number(c, "disk_requests", 0, RATE_MAX, &out->disk_requests))
        return "disk_requests";
    return NULL;
}

static const char *snap(int fd, const struct request *r) {
    (void)r;
    struct stat s;
    if (fstat(fd, &s) || !S_ISCHR(s.st_mode) || s.st_rdev != FUSE || !descriptor_is_open_for(fd, O_RDWR))
        return "snap is not /dev/fuse";
    return NULL;
}

const struct grammar FIRECRACKER = {
    .vmm = "firecracker",
    .fields = fields,
    .kinds =
        {
            [KERNEL] = {MUST, descriptor_artefact},
            [ROOTFS] = {MUST, descriptor_artefact},
            [IMAGE] = {MAY, descriptor_artefact},
            [DRIVE] = {MAY, descriptor_drive},
            [SNAP] = {MAY, snap},
        },
};
