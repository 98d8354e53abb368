// The fields and descriptors of requests for Firecracker.
#define _GNU_SOURCE
#include "launch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define FUSE makedev(10, 229) // admin-guide/devices.txt

static const char *fields(struct cursor *c, struct request *out) {
    if (!cursor_number(c, "root", 1, 64, &out->root_mib))
        return "root";
    if (!cursor_number(c, "strict", 0, 1, &out->strict))
        return "strict";
    if (!cursor_number(c, "disk_mib", 0, 1000000, &out->disk_mib))
        return "disk_mib";
    return cursor_number(c, "disk_requests", 0, 1000000, &out->disk_requests) ? NULL : "disk_requests";
}

static const char *snap(int fd, const struct request *r) {
    (void)r;
    struct stat s;
    if (fstat(fd, &s) || !S_ISCHR(s.st_mode) || s.st_rdev != FUSE || !descriptor_is_open_for(fd, O_RDWR))
        return "snap is not /dev/fuse";
    return NULL;
}

const struct grammar FIRECRACKER = {"firecracker", fields, {
    [KERNEL] = {MUST, descriptor_artefact}, [ROOTFS] = {MUST, descriptor_artefact},
    [DRIVE] = {MAY, descriptor_drive}, [SNAP] = {MAY, snap}}};
