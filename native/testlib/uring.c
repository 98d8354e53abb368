#define _GNU_SOURCE
#include "uring.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int submit(int ring, const struct io_uring_params *p, const char *target, const char *path) {
    size_t size = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
    const int rights = PROT_READ | PROT_WRITE, flags = MAP_SHARED | MAP_POPULATE;
    char *rings = mmap(NULL, size, rights, flags, ring, IORING_OFF_SQ_RING);
    struct io_uring_sqe *sqe = mmap(NULL, p->sq_entries * sizeof *sqe, rights, flags, ring, (off_t)IORING_OFF_SQES);
    if (rings == MAP_FAILED || sqe == MAP_FAILED)
        return -1;
    memset(sqe, 0, sizeof *sqe);
    sqe->opcode = IORING_OP_SYMLINKAT;
    sqe->fd = AT_FDCWD;
    sqe->addr = (uintptr_t)target;
    sqe->addr2 = (uintptr_t)path;
    *(uint32_t *)(rings + p->sq_off.array) = 0;
    __atomic_store_n((uint32_t *)(rings + p->sq_off.tail), 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
        return -1;
    const struct io_uring_cqe *done = (struct io_uring_cqe *)(rings + p->cq_off.cqes);
    if (done->res == 0)
        return 0;
    errno = -done->res;
    return -1;
}

int uring_symlink(const char *target, const char *path) {
    struct io_uring_params parameters = {0};
    int ring = (int)syscall(SYS_io_uring_setup, 4, &parameters);
    if (ring < 0)
        return -1;
    int result = submit(ring, &parameters, target, path);
    int error = errno;
    close(ring);
    errno = error;
    return result;
}
