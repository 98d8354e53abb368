#define _GNU_SOURCE
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#define FDS 256
#define DM_MAJOR 253
#define LOOP_MAJOR 7

struct device devices[DEVICES];
struct loop loops[LOOPS];
uint64_t zeroed, provided;
int pieces, syncs, pauses, calls, fail_at, busy_loops, busy_devices;
uint32_t resumed_event;
bool secret, wrong_node, full_list;

static enum { REAL, LOOP_CONTROL, LOOP_NODE, DM_CONTROL, DM_NODE } kinds[FDS];
static int numbers[FDS];

int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
int __real_ioctl(int fd, unsigned long request, ...);
int __real_fstat(int fd, struct stat *s);
int __real_fsync(int fd);
int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_fstat(int fd, struct stat *s);
int __wrap_fsync(int fd);
int __wrap_nanosleep(const struct timespec *length, struct timespec *rest);

void kernel_reset(void) {
    memset(devices, 0, sizeof devices);
    memset(loops, 0, sizeof loops);
    zeroed = 0;
    pieces = syncs = pauses = calls = fail_at = busy_loops = busy_devices = 0;
    resumed_event = 0;
    secret = true;
    wrong_node = full_list = false;
    provided = 2000;
}

struct device *device_named(const char *name) {
    for (int i = 0; i < DEVICES; i++) {
        if (devices[i].used && strcmp(devices[i].name, name) == 0)
            return &devices[i];
    }
    return NULL;
}

int device_add(const char *name) {
    for (int i = 0; i < DEVICES; i++) {
        if (!devices[i].used) {
            devices[i] = (struct device){.used = true, .over_loop = -1, .over_minor = -1};
            snprintf(devices[i].name, sizeof devices[i].name, "%s", name);
            return i;
        }
    }
    abort();
}

bool nothing_left(void) {
    for (int i = 0; i < DEVICES; i++) {
        if (devices[i].used)
            return false;
    }
    for (int i = 0; i < LOOPS; i++) {
        if (loops[i].bound || loops[i].users)
            return false;
    }
    return true;
}

static int answer(int error) {
    errno = error;
    return error ? -1 : 0;
}

static bool fails(void) {
    return ++calls == fail_at;
}

static void leave_loop(int number) {
    if (--loops[number].users == 0 && (loops[number].flags & LO_FLAGS_AUTOCLEAR))
        loops[number].bound = false;
}

static void drop_table(struct device *d) {
    if (d->over_loop >= 0)
        leave_loop(d->over_loop);
    if (d->over_minor >= 0)
        devices[d->over_minor].users--;
    d->over_loop = d->over_minor = -1;
}

static int fake(int kind, int number) {
    int fd = __real_open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0 || fd >= FDS)
        abort();
    kinds[fd] = (__typeof__(kinds[0]))kind;
    numbers[fd] = number;
    return fd;
}

int __wrap_open(const char *path, int flags, ...) {
    int number;
    if (strcmp(path, "/dev/loop-control") == 0)
        return fails() ? answer(ENOMEM) : fake(LOOP_CONTROL, 0);
    if (strcmp(path, "/dev/mapper/control") == 0)
        return fake(DM_CONTROL, 0);
    if (sscanf(path, "/dev/loop%d", &number) == 1) {
        if (fails())
            return answer(ENOMEM);
        loops[number].users++;
        return fake(LOOP_NODE, number);
    }
    if (sscanf(path, "/dev/dm-%d", &number) == 1) {
        if (fails())
            return answer(ENOMEM);
        devices[number].users++;
        return fake(DM_NODE, number);
    }
    return __real_open(path, flags, 0600);
}

int __wrap_close(int fd) {
    if (fd >= 0 && fd < FDS) {
        if (kinds[fd] == LOOP_NODE)
            leave_loop(numbers[fd]);
        if (kinds[fd] == DM_NODE)
            devices[numbers[fd]].users--;
        kinds[fd] = REAL;
    }
    return __real_close(fd);
}

int __wrap_fstat(int fd, struct stat *s) {
    if (kinds[fd] == REAL)
        return __real_fstat(fd, s);
    if (fails())
        return answer(ENOMEM);
    memset(s, 0, sizeof *s);
    s->st_mode = S_IFBLK;
    s->st_rdev = makedev(kinds[fd] == DM_NODE ? DM_MAJOR : LOOP_MAJOR, (unsigned)numbers[fd] + wrong_node);
    return 0;
}

int __wrap_fsync(int fd) {
    if (kinds[fd] == REAL)
        return __real_fsync(fd);
    syncs++;
    return fails() ? answer(EIO) : 0;
}

int __wrap_nanosleep(const struct timespec *length, struct timespec *rest) {
    (void)length;
    (void)rest;
    pauses++;
    return 0;
}

static int loop_call(int fd, unsigned long request, const struct loop_config *config) {
    if (request == LOOP_CTL_GET_FREE) {
        for (int i = 0; i < LOOPS; i++) {
            if (!loops[i].bound)
                return i;
        }
        return answer(ENOSPC);
    }
    if (request != LOOP_CONFIGURE)
        return answer(ENOTTY);
    if (busy_loops > 0) {
        busy_loops--;
        return answer(EBUSY);
    }
    struct loop *l = &loops[numbers[fd]];
    l->bound = true;
    l->file = (int)config->fd;
    l->offset = config->info.lo_offset;
    l->size = config->info.lo_sizelimit;
    l->flags = config->info.lo_flags;
    l->block_size = config->block_size;
    return 0;
}

// Returns whether the address is in memory of memfd_secret(2).
static bool is_secret(const void *at) {
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    bool found = false;
    unsigned long from, to;
    while (maps && !found && fgets(line, sizeof line, maps))
        found = sscanf(line, "%lx-%lx", &from, &to) == 2 && from <= (unsigned long)at && (unsigned long)at < to &&
                strstr(line, "secretmem");
    fclose(maps);
    return found;
}

// As dm-integrity does it when its table is loaded over zeros.
static int format(const struct loop *l) {
    unsigned char superblock[512];
    if (pread(l->file, superblock, sizeof superblock, (off_t)l->offset) != sizeof superblock)
        return EIO;
    if (memcmp(superblock, "integrt", 8) == 0)
        return 0;
    memset(superblock, 0, sizeof superblock);
    memcpy(superblock, "integrt", 8);
    memcpy(superblock + 16, &provided, sizeof provided);
    return pwrite(l->file, superblock, sizeof superblock, (off_t)l->offset) == sizeof superblock ? 0 : EIO;
}

static int load_table(struct device *d, struct dm_ioctl *p) {
    const struct dm_target_spec *spec = (const struct dm_target_spec *)((const char *)p + p->data_start);
    unsigned over_major, over_minor;
    if (p->target_count != 1 || spec->sector_start != 0 || spec->next != 0)
        return EINVAL;
    snprintf(d->target, sizeof d->target, "%s", spec->target_type);
    snprintf(d->text, sizeof d->text, "%s", (const char *)(spec + 1));
    d->sectors = spec->length;
    secret = secret && is_secret(p) && (p->flags & DM_SECURE_DATA_FLAG);
    const char *at = strchr(d->text, ':');
    for (; at && at > d->text && at[-1] >= '0' && at[-1] <= '9'; at--)
        ;
    if (strcmp(d->target, "crypt") == 0) { // CIPHER KEY OFFSET DEVICE; a cipher can have a colon
        at = strchr(strchr(d->text, ' ') + 1, ' ') + 3;
    }
    if (!at || sscanf(at, "%u:%u", &over_major, &over_minor) != 2)
        return EINVAL;
    if (over_major == LOOP_MAJOR) {
        d->over_loop = (int)over_minor;
        loops[over_minor].users++;
        if (strcmp(d->target, "integrity") == 0 && format(&loops[over_minor]))
            return EIO;
    } else {
        if (!devices[over_minor].live)
            return ENXIO;
        d->over_minor = (int)over_minor;
        devices[over_minor].users++;
    }
    d->waiting = true;
    return 0;
}

static void list_all(struct dm_ioctl *p) {
    struct dm_name_list *each = (struct dm_name_list *)((char *)p + p->data_start), *last = NULL;
    each->dev = 0;
    for (int i = 0; i < DEVICES; i++) {
        if (!devices[i].used)
            continue;
        uint32_t size = (uint32_t)(sizeof *each + strlen(devices[i].name) + 1 + 7) & ~7u;
        each->dev = makedev(DM_MAJOR, (unsigned)i);
        each->next = size;
        strcpy(each->name, devices[i].name);
        last = each;
        each = (struct dm_name_list *)((char *)each + size);
    }
    if (last)
        last->next = 0;
    if (full_list)
        p->flags |= DM_BUFFER_FULL_FLAG;
}

static int device_call(unsigned long request, struct dm_ioctl *p) {
    if (p->version[0] != 4 || p->data_start != sizeof *p || p->data_size < sizeof *p)
        return EINVAL;
    struct device *d = device_named(p->name);
    if (request == DM_LIST_DEVICES) {
        list_all(p);
        return 0;
    }
    if (request == DM_DEV_CREATE) {
        if (d)
            return EBUSY;
        device_add(p->name);
        return 0;
    }
    if (!d)
        return ENXIO;
    switch (request) {
    case DM_DEV_REMOVE:
        if (busy_devices > 0 || d->users > 0) {
            busy_devices -= busy_devices > 0;
            return EBUSY;
        }
        drop_table(d);
        d->used = false;
        return 0;
    case DM_TABLE_LOAD:
        return load_table(d, p);
    case DM_TABLE_CLEAR:
        drop_table(d);
        d->waiting = false;
        d->cleared = true;
        return 0;
    case DM_DEV_SUSPEND:
        if (!d->waiting)
            return EINVAL;
        d->live = true;
        resumed_event = p->event_nr;
        p->dev = (uint64_t)DM_MAJOR << 8 | (uint64_t)(d - devices);
        return 0;
    default:
        return ENOTTY;
    }
}

static int zero(int fd, const uint64_t range[static 2]) {
    if (!devices[numbers[fd]].live || range[0] != zeroed)
        return EINVAL;
    zeroed += range[1];
    pieces++;
    return 0;
}

int __wrap_ioctl(int fd, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void *at = va_arg(arguments, void *);
    va_end(arguments);
    if (request == DM_DEV_REMOVE) // undoing does not fail on top of what failed
        return answer(device_call(request, at));
    if (fails())
        return answer(ENOMEM);
    switch (kinds[fd]) {
    case LOOP_CONTROL:
    case LOOP_NODE:
        return loop_call(fd, request, at);
    case DM_CONTROL:
        return answer(device_call(request, at));
    case DM_NODE:
        return answer(request == BLKZEROOUT ? zero(fd, at) : ENOTTY);
    default:
        return answer(ENOTTY);
    }
}
