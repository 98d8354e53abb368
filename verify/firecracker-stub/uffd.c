// Guest memory that another process provides page by page.
#define _GNU_SOURCE
#include "standin.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

// As the crate userfaultfd does it: the device of the jail first, then the call.
static int uffd_open(void) {
    int device = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC), fd = -1;
    if (device >= 0) {
        fd = ioctl(device, USERFAULTFD_IOC_NEW, O_CLOEXEC | O_NONBLOCK);
        close(device);
    }
    if (fd < 0)
        fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
    // for tests as an ordinary user, who may have no other; a jail has no environment
    if (fd < 0 && errno == EPERM && getenv("STANDIN_USER_MODE_FAULTS"))
        fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
    return fd;
}

static const char *mappings(void) {
    const char *out = "";
    uint64_t offset = 0;
    for (const struct region *r = regions; r < regions + region_count; offset += r++->size)
        out = print(
            "%s%s{\"base_host_virt_addr\":%lu,\"size\":%lu,\"offset\":%lu,\"page_size\":%lu,\"page_size_kib\":%lu}",
            out, *out ? "," : "", (uintptr_t)r->host, r->size, offset, PAGE, PAGE);
    return print("[%s]", out);
}

static bool send_with_fd(int socket_fd, const char *text, int fd) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec part = {.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    return sendmsg(socket_fd, &message, MSG_NOSIGNAL) == (ssize_t)part.iov_len;
}

// The descriptor stays open, or missing pages would read as zeroes once the handler has ended.
const char *uffd_serve(const char *path) {
    struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_EVENT_REMOVE};
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = uffd_open(), handler;
    if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
        return print("Failed to UFFD object: System error: %s", os_error(errno));
    for (const struct region *r = regions; r < regions + region_count; r++) {
        struct uffdio_register range = {.range = {(uintptr_t)r->host, r->size}, .mode = UFFDIO_REGISTER_MODE_MISSING};
        if (ioctl(fd, UFFDIO_REGISTER, &range))
            return print("Failed to register memory address range with the userfaultfd object: System error: %s",
                         os_error(errno));
    }
    if (strlen(path) >= sizeof name.sun_path)
        return "Failed to connect to UDS Unix stream: path must be shorter than SUN_LEN";
    strcpy(name.sun_path, path);
    if ((handler = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0 ||
        connect(handler, (struct sockaddr *)&name, sizeof name)) {
        const char *wrong = print("Failed to connect to UDS Unix stream: %s", os_error(errno));
        close(handler);
        return wrong;
    }
    bool sent = send_with_fd(handler, mappings(), fd);
    const char *wrong = sent ? NULL : print("Failed to sends file descriptor: %s", os_error(errno));
    close(handler);
    return wrong;
}
