// Makes a read-only mount of one file that hostd has opened. The descriptor cannot be bound: the jailer closes
// descriptors, and a mount cannot leave the namespace in which hostd opened the file. So this finds the file again. Its
// name, from the descriptor's link in /proc, is only a hint; device and inode must be the same. In production the file
// must belong to root and lie in the store.
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

static bool lies_in(const char *path, const char *store) {
    size_t length = strlen(store);
    return strncmp(path, store, length) == 0 && path[length] == '/' && !strchr(path + length + 1, '/');
}

int artefact_tree(int passed, const char *store) {
    char link[64], path[PATH_MAX];
    struct stat want, have;
    snprintf(link, sizeof link, "/proc/self/fd/%d", passed);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n < 0 ? 0 : n] = 0;
    int file = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0 || fstat(passed, &want) || fstat(file, &have) || want.st_dev != have.st_dev ||
        want.st_ino != have.st_ino)
        refuse(DESCRIPTOR, EINVAL, "an artefact is not found under its name");
    if (store && (!lies_in(path, store) || have.st_uid != 0 || (have.st_mode & (S_IWGRP | S_IWOTH))))
        refuse(DESCRIPTOR, EINVAL, "an artefact is not root's own file in the store");
    int tree = mount_copy(file);
    close(file);
    return tree;
}
