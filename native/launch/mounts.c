// Mounts that are made for a VM: its directory, in which it meets hostd, and the one through which its snapshot goes.
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define HARMLESS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW)

struct option {
    const char *key, *value; // a flag has no value; the last has no key
};

static int mounted(const char *kind, const struct option *options) {
    int fs = fsopen(kind, FSOPEN_CLOEXEC);
    if (fs < 0)
        refuse(JAIL, errno, kind);
    for (const struct option *o = options; o->key; o++) {
        if (fsconfig(fs, o->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, o->key, o->value, 0))
            refuse(JAIL, errno, o->key);
    }
    int made = fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) ? -1 : fsmount(fs, FSMOUNT_CLOEXEC, HARMLESS);
    if (made < 0)
        refuse(JAIL, errno, "mount");
    close(fs);
    return made;
}

// The root belongs to the VMM, and to root by group, so that hostd can enter it without CAP_DAC_OVERRIDE.
int mount_io(uint32_t user, bool swapped) {
    char owner[12];
    snprintf(owner, sizeof owner, "%u", user);
    const struct option options[] = {
        {"source", "mvm"},
        {"size", "4m"},
        {"nr_inodes", "64"},
        {"mode", "2770"},
        {"uid", owner},
        {"gid", "0"},
        {swapped ? NULL : "noswap", NULL},
        {NULL, NULL},
    };
    return mounted("tmpfs", options);
}

// A pipe in the VM's directory, which its user cannot open: the VMM is given an end. A reader may come and go, and the
// VMM never waits for one.
int console_make(int io, int access) {
    int either = mknodat(io, "console", S_IFIFO | 0600, 0) ? -1 : openat(io, "console", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    int end = either < 0 ? -1 : openat(io, "console", access | O_NONBLOCK | O_CLOEXEC); // to write takes a reader
    if (end < 0)
        refuse(JAIL, errno, "console");
    close(either);
    return end;
}

// The holder of the device serves what is asked in the mount, and may be waiting for the launcher: nothing here looks
// into it.
int mount_snap(int device) {
    char number[12];
    snprintf(number, sizeof number, "%d", device);
    const struct option options[] = {
        {"source", "mvm"},
        {"fd", number},
        {"rootmode", "40000"}, // a directory, in octal
        {"user_id", "0"},
        {"group_id", "0"},
        {"allow_other", NULL},
        {NULL, NULL},
    };
    return mounted("fuse", options);
}

// A descriptor of an attached mount would be a way out of it: `..` leads to whatever the launcher sees.
int mount_copy(int attached) {
    int copy = open_tree(attached, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
    if (copy < 0)
        refuse(JAIL, errno, "copy of a mount");
    return copy;
}
