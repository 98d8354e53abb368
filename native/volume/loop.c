// Makes a loop device over a part of a file: loop(4). It ends with its last user, so a crash leaves none.
#include "volume.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>

#define ATTEMPTS 64
#define BLOCK 4096 // the sector size of the mappings

// Another process can be faster in taking what is free: EBUSY.
static int take_free(int control, const struct loop_config *config) {
    char path[32];
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    snprintf(path, sizeof path, "/dev/loop%d", number);
    int loop = number < 0 ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (loop < 0 || ioctl(loop, LOOP_CONFIGURE, config) == 0)
        return loop;
    int error = errno;
    close(loop);
    errno = error;
    return -1;
}

int loop_attach(int file, const struct request *r) {
    struct loop_config config = {.fd = (uint32_t)file, .block_size = BLOCK};
    config.info.lo_offset = r->offset;
    config.info.lo_sizelimit = r->size;
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    int loop = -1, control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    for (int i = 0; control >= 0 && loop < 0 && i < ATTEMPTS && (i == 0 || errno == EBUSY); i++)
        loop = take_free(control, &config);
    if (loop < 0)
        fail(LOOP, errno, "no loop device");
    if (control >= 0)
        close(control);
    return loop;
}
