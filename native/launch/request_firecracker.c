// The fields and descriptors of requests for Firecracker.
#define _GNU_SOURCE
#include "launch.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

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

// Does not synchronise: hostd serves this file system and may be waiting for the launcher.
static const char *snap(int fd, const struct request *r) {
    (void)r;
    struct statx s;
    if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &s) || !S_ISDIR(s.stx_mode) ||
        !(s.stx_attributes & STATX_ATTR_MOUNT_ROOT))
        return "snap is not a mount";
    return NULL;
}

const struct grammar FIRECRACKER = {"firecracker",
                                    fields,
                                    {[IO] = {MUST, descriptor_io},
                                     [NETNS] = {MUST, netns},
                                     [KERNEL] = {MUST, descriptor_artefact},
                                     [ROOTFS] = {MUST, descriptor_artefact},
                                     [DRIVE] = {MAY, descriptor_drive},
                                     [SNAP] = {MAY, snap}}};
