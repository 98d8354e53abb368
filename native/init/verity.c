// dm-verity by device-mapper's calls: linux/dm-ioctl.h, and the kernel's Documentation/admin-guide/device-mapper/
// verity.rst. Each block of the image is compared with its tree when it is read.
#include "init.h"

#include <linux/dm-ioctl.h>

// Of every image, see docs/protocol/guest-init.md.
#define SALT "be5a885a81f51e223b869a15709c935242eaab24802bc5b66b86fc2ec2361947"
enum { SECTORS_PER_BLOCK = 8, BLOCK_BYTES = 2048 };

static int control = -1;
static bool mapped;

// The parameters of a call, one target and its text.
struct call {
    struct dm_ioctl head;
    struct dm_target_spec target;
    char text[BLOCK_BYTES];
};

static void prepare(struct call *c, uint32_t flags) {
    *c = (struct call){.head = {.version = {DM_VERSION_MAJOR}, .data_size = sizeof *c, .name = "image",
                                .flags = flags, .data_start = offsetof(struct call, target)}};
}

static void make(struct call *c, unsigned long request, const char *what) {
    if (ioctl(control, request, c))
        fail("verity_failed", NOT_STARTED, what, errno);
}

// The tree begins where the data ends, without a superblock, and in blocks of the same size.
static void write_table(struct call *c, const struct boot *b) {
    prepare(c, DM_READONLY_FLAG);
    c->head.target_count = 1;
    c->target.length = (uint64_t)b->data_blocks * SECTORS_PER_BLOCK;
    snprintf(c->target.target_type, sizeof c->target.target_type, "verity");
    snprintf(c->text, sizeof c->text, "1 /dev/%s /dev/%s 4096 4096 %u %u sha256 %s " SALT, b->disk, b->disk,
             b->data_blocks, b->data_blocks, b->root_hash);
}

void verity_open(const struct boot *b) {
    struct call c;
    char disk[16];
    snprintf(disk, sizeof disk, "/dev/%s", b->disk);
    if (access(disk, F_OK))
        fail("disk_missing", NOT_STARTED, disk, errno);
    control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
    if (control < 0)
        fail("verity_failed", NOT_STARTED, "/dev/mapper/control", errno);
    prepare(&c, DM_READONLY_FLAG);
    make(&c, DM_DEV_CREATE, "create");
    write_table(&c, b);
    make(&c, DM_TABLE_LOAD, "load");
    prepare(&c, 0);
    make(&c, DM_DEV_SUSPEND, "resume"); // without DM_SUSPEND_FLAG it resumes
    mapped = true;
}

// The target's state is V until a block has differed from the tree, and C from then on. If it cannot be asked
// for, the image counts as corrupt.
bool verity_is_corrupt(void) {
    struct call c;
    prepare(&c, 0);
    return mapped && (ioctl(control, DM_TABLE_STATUS, &c) || c.head.data_start + sizeof c.target >= sizeof c ||
                      ((char *)&c)[c.head.data_start + sizeof c.target] != 'V');
}
