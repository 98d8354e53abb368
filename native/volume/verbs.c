// What a request does. After a failure nothing of it is left: the loop device ends when no device is over it.
#include "volume.h"

#include <endian.h>
#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define BLOCK 4096u
#define PIECE (64 * MIB)    // zeros between two looks at whether hostd still waits
#define FORMAT_SECTORS 8ull // one block, enough for dm-integrity to write its superblock

struct superblock { // of dm-integrity: drivers/md/dm-integrity.c
    uint8_t magic[8];
    uint8_t version, interleave;
    uint16_t tag_size;
    uint32_t journal_sections;
    uint64_t sectors; // of 512 bytes that are the upper device's
};

// A new volume's place must hold zeros, where dm-integrity makes a superblock; so a wrong request loses nothing.
static bool check_new(int file, const struct request *r) {
    static const unsigned char zeros[BLOCK];
    unsigned char found[BLOCK];
    if (pread(file, found, BLOCK, (off_t)r->offset) != BLOCK)
        return fail(DESCRIPTOR, EIO, "the file cannot be read");
    return memcmp(found, zeros, BLOCK) == 0 || fail(DESCRIPTOR, EEXIST, "the new volume's place is in use");
}

// Without a superblock dm-integrity would make one, and every tag would be lost.
static bool sealed_sectors(int file, const struct request *r, uint64_t *sectors) {
    struct superblock found;
    if (pread(file, &found, sizeof found, (off_t)r->offset) != sizeof found)
        return fail(DESCRIPTOR, EIO, "the file cannot be read");
    *sectors = le64toh(found.sectors);
    if (memcmp(found.magic, "integrt", sizeof found.magic) != 0 || *sectors == 0 ||
        *sectors % (BLOCK / SECTOR) != 0 || *sectors > r->size / SECTOR)
        return fail(DESCRIPTOR, EINVAL, "the file has no superblock of dm-integrity");
    return true;
}

static bool lower_device(const struct request *r, int file, dev_t loop, const char *name, uint64_t *sectors,
                         dev_t *made) {
    if ((r->flags & NEW) && (!mapper_load_integrity(name, FORMAT_SECTORS, loop) || !mapper_clear(name)))
        return false;
    return sealed_sectors(file, r, sectors) && mapper_load_integrity(name, *sectors, loop) && mapper_resume(name, made);
}

// A guest can see by zeros that its disk is new. With integrity a sector that was never written cannot be read.
static bool zeros(const struct request *r, int node, uint64_t size) {
    uint64_t all = r->flags & INTEGRITY ? size : MIB;
    for (uint64_t at = 0; at < all; at += PIECE) {
        uint64_t range[2] = {at, all - at < PIECE ? all - at : PIECE};
        if (ioctl(node, BLKZEROOUT, range))
            return fail(ZEROS, errno, "zeros");
        if (peer_gone())
            return fail(ZEROS, ECANCELED, "hostd has gone");
    }
    return !fsync(node) || fail(ZEROS, errno, "zeros");
}

static bool upper_device(const struct request *r, const char *name, uint64_t sectors, dev_t over,
                         const unsigned char *key, dev_t *made, int *node) {
    if (!mapper_load_crypt(name, r, sectors, over, key) || !mapper_resume(name, made))
        return false;
    *node = mapper_node(*made);
    if (*node < 0)
        return fail(MAPPER, errno, "the device cannot be opened");
    if (!(r->flags & NEW) || zeros(r, *node, sectors * SECTOR))
        return true;
    close(*node);
    return false;
}

static bool over_loop(const struct request *r, int file, dev_t loop, const unsigned char *key, dev_t *made, int *node) {
    char upper[DM_NAME_LEN], lower[DM_NAME_LEN];
    uint64_t sectors = r->size / SECTOR;
    bool integrity = r->flags & INTEGRITY;
    name_of(upper, r->instance, false);
    name_of(lower, r->instance, true);
    if (!mapper_create(upper))
        return false;
    if (integrity && !mapper_create(lower)) {
        mapper_remove(upper);
        return false;
    }
    dev_t over = loop;
    if ((!integrity || lower_device(r, file, loop, lower, &sectors, &over)) &&
        upper_device(r, upper, sectors, over, key, made, node))
        return true;
    mapper_remove(upper);
    if (integrity)
        mapper_remove(lower);
    return false;
}

bool volume_open(const struct request *r, int file, const unsigned char *key, dev_t *made, int *node) {
    struct stat s;
    if ((r->flags & NEW) && !check_new(file, r))
        return false;
    int loop = loop_attach(file, r);
    if (loop < 0)
        return false;
    bool good = fstat(loop, &s) ? fail(LOOP, errno, "loop device") : over_loop(r, file, s.st_rdev, key, made, node);
    close(loop);
    return good;
}

bool volume_close(uint32_t instance) {
    char name[DM_NAME_LEN];
    for (int lower = 0; lower < 2; lower++) {
        name_of(name, instance, lower);
        if (!mapper_remove(name))
            return false;
    }
    return true;
}
