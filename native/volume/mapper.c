// Calls of device-mapper: linux/dm-ioctl.h, and the kernel's Documentation/admin-guide/device-mapper. The block of
// parameters holds keys: it lies in secret memory, and the kernel wipes its own copy (DM_SECURE_DATA_FLAG).
#define _GNU_SOURCE
#include "volume.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>

#define PREFIX "mvm-i-"
#define LOWER "_dif" // dm-integrity's device below one with integrity
#define DIGITS 8
#define CLOSE_ATTEMPTS 500 // with PAUSE_NS between them: 10 s
#define PAUSE_NS 20000000
#define LISTED_BYTES (1 << 20)

// For udev: the device's own links and nothing else, for nothing on the host may read what a guest writes. These are
// flags of libdevmapper.h, above 16 bits of cookie: DISABLE_SUBSYSTEM_RULES, DISABLE_DISK_RULES, DISABLE_OTHER_RULES,
// PRIMARY_SOURCE.
#define UDEV ((0x2u | 0x4u | 0x8u | 0x40u) << 16)

static int control = -1;
static struct dm_ioctl *block;

bool mapper_open(void) {
    int memory = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
    if (memory < 0 || ftruncate(memory, SECRET_SIZE) || !(block = secret_memory(memory)))
        return fail(PROCESS, errno, "no secret memory");
    close(memory);
    control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
    return control >= 0 || fail(MAPPER, errno, "/dev/mapper/control");
}

void name_of(char out[static DM_NAME_LEN], uint32_t instance, bool lower) {
    snprintf(out, DM_NAME_LEN, PREFIX "%08x%s", instance, lower ? LOWER : "");
}

static struct dm_ioctl *parameters(struct dm_ioctl *p, size_t size, const char *name) {
    memset(p, 0, size);
    p->version[0] = DM_VERSION_MAJOR;
    p->data_size = (uint32_t)size;
    p->data_start = sizeof *p;
    snprintf(p->name, sizeof p->name, "%s", name);
    return p;
}

bool mapper_create(const char *name) {
    return !ioctl(control, DM_DEV_CREATE, parameters(block, SECRET_SIZE, name)) || fail(MAPPER, errno, "create");
}

// Begins a table of one target over the whole device. The target's text follows, with its end at `limit`.
static char *table(const char *name, const char *target, uint64_t sectors, char **limit) {
    struct dm_ioctl *p = parameters(block, SECRET_SIZE, name);
    struct dm_target_spec *spec = (struct dm_target_spec *)(p + 1);
    p->target_count = 1;
    p->flags = DM_SECURE_DATA_FLAG;
    spec->length = sectors;
    snprintf(spec->target_type, sizeof spec->target_type, "%s", target);
    *limit = (char *)block + SECRET_SIZE;
    return (char *)(spec + 1);
}

static bool load(const char *what) {
    int result = ioctl(control, DM_TABLE_LOAD, block), error = errno;
    explicit_bzero(block, SECRET_SIZE);
    return !result || fail(MAPPER, error, what);
}

bool mapper_load_crypt(const char *name, const struct request *r, uint64_t sectors, dev_t over,
                       const unsigned char *key) {
    static const char HEX[] = "0123456789abcdef";
    bool integrity = r->flags & INTEGRITY;
    char *limit, *at = table(name, "crypt", sectors, &limit);
    at += snprintf(at, (size_t)(limit - at), "%s ",
                   integrity ? "capi:authenc(hmac(sha256),xts(aes))-plain64" : "aes-xts-plain64");
    for (size_t i = 0; i < key_size(r); i++) {
        *at++ = HEX[key[i] >> 4];
        *at++ = HEX[key[i] & 15];
    }
    snprintf(at, (size_t)(limit - at), " 0 %u:%u 0 %s", major(over), minor(over),
             integrity ? "2 integrity:32:aead sector_size:4096" : "1 sector_size:4096");
    return load("load crypt");
}

bool mapper_load_integrity(const char *name, uint64_t sectors, dev_t over) {
    char *limit, *at = table(name, "integrity", sectors, &limit);
    snprintf(at, (size_t)(limit - at), "%u:%u 0 32 J 2 block_size:4096 fix_padding", major(over), minor(over));
    return load("load integrity");
}

bool mapper_clear(const char *name) {
    return !ioctl(control, DM_TABLE_CLEAR, parameters(block, SECRET_SIZE, name)) || fail(MAPPER, errno, "clear");
}

bool mapper_resume(const char *name, dev_t *made) {
    struct dm_ioctl *p = parameters(block, SECRET_SIZE, name);
    p->event_nr = UDEV;
    if (ioctl(control, DM_DEV_SUSPEND, p)) // without DM_SUSPEND_FLAG it resumes
        return fail(MAPPER, errno, "resume");
    *made = makedev((unsigned)(p->dev >> 8 & 0xfff), (unsigned)((p->dev & 0xff) | (p->dev >> 12 & 0xfff00)));
    return true;
}

bool mapper_remove(const char *name) {
    for (int i = 0; i < CLOSE_ATTEMPTS; i++) { // the device can be in use for a moment, by udev for instance
        struct dm_ioctl *p = parameters(block, SECRET_SIZE, name);
        p->event_nr = UDEV;
        if (!ioctl(control, DM_DEV_REMOVE, p) || errno == ENXIO)
            return true;
        if (errno != EBUSY)
            return fail(MAPPER, errno, "remove");
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
    return fail(MAPPER, EBUSY, "the device is in use");
}

// Returns whether it is a name that name_of() makes.
static bool ours(const char *name, uint32_t *instance) {
    char again[DM_NAME_LEN];
    if (sscanf(name, PREFIX "%8x", instance) != 1)
        return false;
    name_of(again, *instance, strlen(name) > strlen(PREFIX) + DIGITS);
    return strcmp(again, name) == 0;
}

// The kernel lists by name, so that both devices of a volume are neighbours.
static bool add(struct answer *out, uint32_t instance) {
    if (out->count > 0 && out->instances[out->count - 1] == instance)
        return true;
    if (out->count == LISTED_MAX)
        return false;
    out->instances[out->count++] = instance;
    return true;
}

bool mapper_list(struct answer *out) {
    static union {
        struct dm_ioctl parameters;
        char bytes[LISTED_BYTES];
    } list;
    struct dm_ioctl *p = parameters(&list.parameters, sizeof list, "");
    if (ioctl(control, DM_LIST_DEVICES, p))
        return fail(MAPPER, errno, "list");
    if (p->flags & DM_BUFFER_FULL_FLAG)
        return fail(MAPPER, E2BIG, "too many devices");
    const struct dm_name_list *each = (const struct dm_name_list *)(list.bytes + p->data_start);
    if (!each->dev)
        return true;
    while (true) {
        uint32_t instance;
        if (ours(each->name, &instance) && !add(out, instance))
            return fail(MAPPER, E2BIG, "too many volumes");
        if (!each->next)
            return true;
        each = (const struct dm_name_list *)((const char *)each + each->next);
    }
}

int mapper_node(dev_t device) {
    char path[32];
    struct stat s;
    snprintf(path, sizeof path, "/dev/dm-%u", minor(device));
    int node = open(path, O_RDWR | O_CLOEXEC);
    if (node >= 0 && (fstat(node, &s) || !S_ISBLK(s.st_mode) || s.st_rdev != device)) {
        close(node);
        errno = ENODEV;
        return -1;
    }
    return node;
}
