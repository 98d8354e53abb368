// What plays a VMM, and its guest, for ./dev bench wake. The guest wants some pages of its memory, in an order, and reads
// and writes each of them.
//   bench-wake pages GUEST WANTED SOCKET   its memory comes by userfaultfd: the listener at SOCKET brings it
//   bench-wake file GUEST WANTED           its memory is the file GUEST, mapped: a restore from plaintext
//   bench-wake serve SOCKET COMMAND...     no VMM: runs COMMAND with a connection to SOCKET, of packets, as its input
// GUEST is a file with all of the guest's memory, WANTED one of page numbers, of four bytes each. It says "ready"; then on its
// input come lines, and it answers each with one; times are of CLOCK_MONOTONIC, in nanoseconds.
//   load    "loaded BEGIN": the VMM has memory since, and has told of it
//   run     "ran BEGIN END": the guest has done what it wanted
//   check   "same" if all of its memory is what GUEST has, "page N" if that page is not
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096 };

struct bytes {
    unsigned char *at;
    size_t size;
};

static struct bytes guest, wanted;

__attribute__((noreturn)) static void fail(const char *what) {
    fprintf(stderr, "bench-wake: %s: %m\n", what);
    exit(1);
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct bytes map_file(const char *path, int flags) {
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status))
        fail(path);
    struct bytes all = {.size = (size_t)status.st_size};
    // private, so that it may be written whatever the file's mode is
    all.at = mmap(NULL, all.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | flags, fd, 0);
    if (all.at == MAP_FAILED)
        fail(path);
    close(fd);
    return all;
}

static int connected(const char *path, int type) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (strlen(path) >= sizeof name.sun_path)
        fail("a path that is too long");
    memcpy(name.sun_path, path, strlen(path) + 1);
    if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof name))
        fail(path);
    return fd;
}

// As Firecracker has it: only what is missing, and events of memory that was given back.
static int registered(struct bytes memory) {
    struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_EVENT_REMOVE};
    struct uffdio_register range = {.range = {(uintptr_t)memory.at, memory.size}, .mode = UFFDIO_REGISTER_MODE_MISSING};
    int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
        fail("userfaultfd");
    return fd;
}

// Firecracker's message: src/vmm/src/persist.rs, GuestRegionUffdMapping. 512 MiB are one region.
static void offer(struct bytes memory, int uffd, const char *path) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    char text[256];
    int size = snprintf(text, sizeof text,
                        "[{\"base_host_virt_addr\":%" PRIuPTR
                        ",\"size\":%zu,\"offset\":0,\"page_size\":%d,\"page_size_kib\":%d}]",
                        (uintptr_t)memory.at, memory.size, PAGE, PAGE);
    struct iovec part = {text, (size_t)size};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.bytes};
    int to = connected(path, SOCK_STREAM);
    memcpy(CMSG_DATA(&control.header), &uffd, sizeof uffd);
    if (sendmsg(to, &message, MSG_NOSIGNAL) != size)
        fail("sendmsg");
    close(to); // and the userfaultfd stays open, as in Firecracker
}

static struct bytes load_pages(const char *socket_path) {
    struct bytes memory = {.size = guest.size};
    memory.at = mmap(NULL, memory.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory.at == MAP_FAILED)
        fail("mmap");
    offer(memory, registered(memory), socket_path);
    return memory;
}

// A virtual machine's own memory may come to it page by page, and cost more than all that is measured; what was in use just
// before does not.
static void warm(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED || munmap(memory, size))
        fail("mmap");
}

// What is written is what was there, so that it can be checked; the page has to be the guest's own all the same.
static void run(struct bytes memory) {
    for (size_t i = 0; i < wanted.size; i += sizeof(uint32_t)) {
        uint32_t page;
        memcpy(&page, wanted.at + i, sizeof page);
        volatile uint64_t *word = (volatile uint64_t *)(void *)(memory.at + (size_t)page * PAGE);
        *word = *word;
    }
}

static void check(struct bytes memory) {
    for (size_t at = 0; at < memory.size; at += PAGE)
        if (memcmp(memory.at + at, guest.at + at, PAGE) != 0) {
            printf("page %zu\n", at / PAGE);
            return;
        }
    puts("same");
}

static void play(const char *file, const char *socket_path) {
    char line[16];
    struct bytes memory = {0};
    while (fgets(line, sizeof line, stdin)) {
        int64_t begin = now();
        if (strcmp(line, "load\n") == 0) {
            memory = socket_path ? load_pages(socket_path) : map_file(file, 0);
            printf("loaded %" PRId64 "\n", begin);
        } else if (strcmp(line, "run\n") == 0 && memory.at) {
            run(memory);
            printf("ran %" PRId64 " %" PRId64 "\n", begin, now());
        } else if (strcmp(line, "check\n") == 0 && memory.at) {
            check(memory);
        } else {
            fail(line);
        }
    }
}

static void serve(const char *socket_path, char **command) {
    if (dup2(connected(socket_path, SOCK_SEQPACKET), STDIN_FILENO) != STDIN_FILENO)
        fail("dup2");
    execvp(command[0], command);
    fail(command[0]);
}

int main(int count, char **arguments) {
    setlinebuf(stdout);
    prctl(PR_SET_PDEATHSIG, SIGKILL); // a guest whose memory does not come would wait for ever
    if (count >= 4 && strcmp(arguments[1], "serve") == 0)
        serve(arguments[2], arguments + 3);
    int pages = count == 5 && strcmp(arguments[1], "pages") == 0;
    if (!pages && !(count == 4 && strcmp(arguments[1], "file") == 0)) {
        fputs("usage: bench-wake pages GUEST WANTED SOCKET | file GUEST WANTED | serve SOCKET COMMAND...\n", stderr);
        return 2;
    }
    guest = map_file(arguments[2], 0);
    wanted = map_file(arguments[3], MAP_POPULATE);
    warm(guest.size);
    puts("ready");
    play(arguments[2], pages ? arguments[4] : NULL);
    return 0;
}
