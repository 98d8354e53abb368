// The fields and descriptors of requests for Firecracker.
#define _GNU_SOURCE
#include "launch.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define FUSE makedev(10, 229) // admin-guide/devices.txt

static const char *fields(struct cursor *c, struct request *out) {
    if (!cursor_number(c, "root", 1, 64, &out->root_mib))
        return "root";
    return cursor_number(c, "strict", 0, 1, &out->strict) ? NULL : "strict";
}

static const char *netns(int fd, const struct request *r) {
    (void)r;
    struct statfs fs;
    struct stat s, own;
    if (fstatfs(fd, &fs) || fs.f_type != NSFS_MAGIC || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
        return "netns is not a network namespace";
    if (fstat(fd, &s) || stat("/proc/self/ns/net", &own) || (s.st_ino == own.st_ino && s.st_dev == own.st_dev))
        return "netns is the host's own";
    return NULL;
}

static const char *snap(int fd, const struct request *r) {
    (void)r;
    struct stat s;
    if (fstat(fd, &s) || !S_ISCHR(s.st_mode) || s.st_rdev != FUSE || !descriptor_is_open_for(fd, O_RDWR))
        return "snap is not /dev/fuse";
    return NULL;
}

const struct grammar FIRECRACKER = {"firecracker",
                                    fields,
                                    {[NETNS] = {MUST, netns},
                                     [KERNEL] = {MUST, descriptor_artefact},
                                     [ROOTFS] = {MUST, descriptor_artefact},
                                     [DRIVE] = {MAY, descriptor_drive},
                                     [SNAP] = {MAY, snap}}};
