// Checks that a descriptor is what its place says. hostd could pass anything; only what is expected exactly is taken.
#define _GNU_SOURCE
#include "volume.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

// A file of another file system, of FUSE or /proc for instance, would let its server decide what the kernel reads.
const char *descriptor_file(int fd, const struct request *r, const char *store) {
    struct stat s, directory;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & (O_ACCMODE | O_PATH)) != O_RDWR)
        return "the file is not open for reading and writing";
    if (fstat(fd, &s) || !S_ISREG(s.st_mode))
        return "the file is not a regular file";
    if (s.st_uid != 0 || (s.st_mode & 077) != 0)
        return "the file is not root's alone";
    if (lstat(store, &directory) || !S_ISDIR(directory.st_mode) || directory.st_uid != 0)
        return "the store is not a directory of root's";
    if (s.st_dev != directory.st_dev)
        return "the file is not on the store's device";
    if (r->offset + r->size > (uint64_t)s.st_size)
        return "the file is too short";
    return NULL;
}

void *secret_memory(int fd) {
    void *at = mmap(NULL, SECRET_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return at == MAP_FAILED ? NULL : at;
}

// memfd_secret(2): its size is fixed from here on, so that a mapping of it cannot fail later. After the key there are
// zeros, and the key is not zeros alone.
const char *descriptor_key(int fd, const struct request *r, const unsigned char **key) {
    struct statfs fs;
    struct stat s;
    if (fstatfs(fd, &fs) || fs.f_type != SECRETMEM_MAGIC)
        return "the key is not in secret memory";
    if (fstat(fd, &s) || s.st_size != (off_t)SECRET_SIZE)
        return "the key's memory is not one page";
    const unsigned char *at = secret_memory(fd);
    if (!at)
        return "the key's memory cannot be mapped";
    unsigned char used = 0, rest = 0;
    for (size_t i = 0; i < SECRET_SIZE; i++) {
        if (i < key_size(r))
            used |= at[i];
        else
            rest |= at[i];
    }
    if (!used || rest)
        return "the key has not the size that it must have";
    *key = at;
    return NULL;
}
