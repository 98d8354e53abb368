// Checks that a descriptor is what its name says. hostd could pass anything; only what is expected exactly is accepted.
#define _GNU_SOURCE
#include "launch.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

bool descriptor_is_open_for(int fd, int access) {
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & (O_ACCMODE | O_PATH)) == access;
}

// The VMM opens the file again, as a user that owns no file, so others must be able to read it.
const char *descriptor_artefact(int fd, const struct request *r) {
    (void)r;
    struct stat s;
    if (fstat(fd, &s) || !S_ISREG(s.st_mode) || !descriptor_is_open_for(fd, O_RDONLY))
        return "an artefact is not a regular file opened read-only";
    return s.st_mode & S_IROTH ? NULL : "an artefact cannot be read by others";
}

// A device-mapper volume that was opened for this instance: its name is mvm-ID or mvm-ID-SOMETHING.
const char *descriptor_drive(int fd, const struct request *r) {
    struct stat s;
    char path[64], name[130], own[8 + ID_LENGTH];
    int length = snprintf(own, sizeof own, "mvm-%s", r->id);
    if (fstat(fd, &s) || !S_ISBLK(s.st_mode) || !descriptor_is_open_for(fd, O_RDWR))
        return "drive is not a block device opened for writing";
    snprintf(path, sizeof path, "/sys/dev/block/%u:%u/dm/name", major(s.st_rdev), minor(s.st_rdev));
    if (!read_text(AT_FDCWD, path, name, sizeof name) || strncmp(name, own, (size_t)length) != 0 ||
        (name[length] != '\n' && name[length] != '-'))
        return "drive is not a volume of this instance";
    return NULL;
}
