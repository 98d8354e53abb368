// Mounts that are made for a VM: its directory, in which it meets hostd, and the one through which its snapshot goes.
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#define HARMLESS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW)

static int file_system(const char *kind) {
    int fs = fsopen(kind, FSOPEN_CLOEXEC);
    if (fs < 0)
        refuse(JAIL, errno, kind);
    return fs;
}

static void set(int fs, const char *key, const char *value) {
    if (fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0))
        refuse(JAIL, errno, key);
}

static void set_number(int fs, const char *key, uint32_t value) {
    char text[12];
    snprintf(text, sizeof text, "%u", value);
    set(fs, key, text);
}

static void set_flag(int fs, const char *key) {
    if (fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0))
        refuse(JAIL, errno, key);
}

static int mounted(int fs) {
    if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
        refuse(JAIL, errno, "file system");
    int made = fsmount(fs, FSMOUNT_CLOEXEC, HARMLESS);
    if (made < 0)
        refuse(JAIL, errno, "mount");
    close(fs);
    return made;
}

// The root belongs to the VMM, and to root by group, so that hostd can enter it without CAP_DAC_OVERRIDE.
int mount_io(uint32_t user, bool swapped) {
    int fs = file_system("tmpfs");
    set(fs, "source", "mvm");
    set(fs, "size", "4m");
    set(fs, "nr_inodes", "64");
    set(fs, "mode", "2770");
    set_number(fs, "uid", user);
    set(fs, "gid", "0");
    if (!swapped)
        set_flag(fs, "noswap");
    return mounted(fs);
}

// The holder of the device serves what is asked in the mount, and may be waiting for the launcher: nothing here looks
// into it.
int mount_snap(int device) {
    int fs = file_system("fuse");
    set(fs, "source", "mvm");
    set_number(fs, "fd", (uint32_t)device);
    set(fs, "rootmode", "40000"); // a directory, in octal
    set(fs, "user_id", "0");
    set(fs, "group_id", "0");
    set_flag(fs, "allow_other");
    return mounted(fs);
}

// A descriptor of an attached mount would be a way out of it: `..` leads to whatever the launcher sees.
int mount_copy(int attached) {
    int copy = open_tree(attached, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
    if (copy < 0)
        refuse(JAIL, errno, "copy of a mount");
    return copy;
}
