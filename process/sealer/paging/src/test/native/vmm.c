// Stands in for a VMM that restores its guest's memory by userfaultfd: maps memory, registers it, sends it, and then does
// with it what the lines on its input say, one line of output for each.
//   vmm SOCKET PAGES SPLIT FEATURES
// The first SPLIT pages are one region, the others a second one below it, so that addresses and offsets are in different
// order. It ends with its input, or with the process that started it.
//   send                 the message of Firecracker, and the descriptor
//   say TEXT             TEXT instead, with the descriptor;  say2 TEXT: with two;  say0 TEXT: with none
//   other TEXT           TEXT with a descriptor of something else
//   read PAGE            "snapshot", "zero", or "other"
//   write PAGE           leaves something in it
//   drop PAGE COUNT      madvise(MADV_DONTNEED)
//   all THREADS          every page is read by every thread: how many pages of the three kinds
//   race PAGES           two threads: one drops each of the first PAGES, the other reads it before and after
//   stray                a page that is registered and was not announced is read; no answer
//   unmap PAGE COUNT     munmap
//   block                makes the descriptor blocking
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum { PAGE = 4096, WORDS = PAGE / 8, MOST_THREADS = 16 };
enum kind { SNAPSHOT, ZERO, OTHER };
static const char *const KINDS[] = {"snapshot", "zero", "other"};

static unsigned char *upper, *lower; // of the first SPLIT pages, of the others
static size_t pages, split;
static int uffd;
static const char *path;

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
    va_list rest;
    va_start(rest, format);
    vprintf(format, rest);
    va_end(rest);
    printf(": %m\n");
    fflush(stdout);
    exit(1);
}

static uint64_t *page_at(size_t page) {
    if (page >= pages)
        fail("no page %zu", page);
    return (uint64_t *)(void *)(page < split ? upper + page * PAGE : lower + (page - split) * PAGE);
}

// What the snapshot has there: every third page is zero.
static uint64_t expected(size_t page, size_t word) {
    return page % 3 == 2 ? 0 : (page + 1) * 1000003 + word;
}

static enum kind kind_of(size_t page) {
    const volatile uint64_t *at = page_at(page);
    bool snapshot = true, zero = true;
    for (size_t i = 0; i < WORDS; i++) {
        uint64_t word = at[i];
        snapshot &= word == expected(page, i);
        zero &= word == 0;
    }
    return zero ? ZERO : snapshot ? SNAPSHOT : OTHER;
}

static int uffd_open(void) {
    int device = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC), fd = -1;
    if (device >= 0) {
        fd = ioctl(device, USERFAULTFD_IOC_NEW, O_CLOEXEC | O_NONBLOCK);
        close(device);
    }
    if (fd < 0)
        fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
    return fd;
}

static void add(void *memory, size_t bytes) {
    struct uffdio_register range = {.range = {(uintptr_t)memory, bytes}, .mode = UFFDIO_REGISTER_MODE_MISSING};
    if (bytes > 0 && ioctl(uffd, UFFDIO_REGISTER, &range))
        fail("UFFDIO_REGISTER");
}

static void say(const char *text, size_t descriptors, int fd) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } control = {.header = {CMSG_LEN(descriptors * sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec part = {.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fds[2] = {fd, fd}, handler = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptors > 0) {
        message.msg_control = &control, message.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
        memcpy(CMSG_DATA(&control.header), fds, descriptors * sizeof(int));
    }
    snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    if (handler < 0 || connect(handler, (struct sockaddr *)&name, sizeof name))
        fail("connect");
    if (sendmsg(handler, &message, MSG_NOSIGNAL) != (ssize_t)part.iov_len)
        fail("sendmsg");
    close(handler);
}

static void send_mappings(void) {
    char text[1024];
    const char *form = "{\"base_host_virt_addr\":%lu,\"size\":%zu,\"offset\":%zu,\"page_size\":%d,\"page_size_kib\":%d}";
    char first[256], second[256];
    snprintf(first, sizeof first, form, (uintptr_t)upper, split * PAGE, (size_t)0, PAGE, PAGE);
    snprintf(second, sizeof second, form, (uintptr_t)lower, (pages - split) * PAGE, split * PAGE, PAGE, PAGE);
    snprintf(text, sizeof text, pages > split ? "[%s,%s]" : "[%s]", first, second);
    say(text, 1, uffd);
}

struct reader {
    pthread_t thread;
    size_t begin, of[3];
};

static void *read_all(void *argument) {
    struct reader *self = argument;
    for (size_t i = 0; i < pages; i++)
        self->of[kind_of((self->begin + i * 7) % pages)]++;
    return NULL;
}

// Each thread begins elsewhere and goes in steps of seven, for which PAGES is no multiple of seven.
static void all(size_t count) {
    static struct reader readers[MOST_THREADS];
    if (count > MOST_THREADS || pages % 7 == 0)
        fail("all");
    memset(readers, 0, sizeof readers);
    for (size_t i = 0; i < count; i++) {
        readers[i].begin = i * pages / count;
        if (pthread_create(&readers[i].thread, NULL, read_all, readers + i))
            fail("pthread_create");
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(readers[i].thread, NULL);
        if (memcmp(readers[i].of, readers[0].of, sizeof readers[i].of) != 0)
            fail("threads that differ");
    }
    printf("snapshot %zu zero %zu other %zu\n", readers[0].of[SNAPSHOT], readers[0].of[ZERO], readers[0].of[OTHER]);
}

static void drop(size_t page, size_t count) {
    if (page_at(page + count - 1) != page_at(page) + (count - 1) * WORDS)
        fail("pages of two regions");
    if (madvise(page_at(page), count * PAGE, MADV_DONTNEED))
        fail("madvise");
}

static atomic_size_t dropped;
static size_t race_pages;

static void *drop_each(void *unused) {
    (void)unused;
    for (size_t i = 0; i < race_pages; i++) {
        drop(i, 1);
        atomic_store(&dropped, i + 1);
    }
    return NULL;
}

// Whatever else happens: what is read after a page was dropped is zero.
static void race(size_t count) {
    pthread_t thread;
    size_t wrong = 0;
    race_pages = count;
    atomic_store(&dropped, 0);
    if (pthread_create(&thread, NULL, drop_each, NULL))
        fail("pthread_create");
    for (size_t i = 0; i < count; i++) {
        while (atomic_load(&dropped) <= i)
            (void)kind_of((i * 13) % pages);
        wrong += kind_of(i) != ZERO;
    }
    pthread_join(thread, NULL);
    for (size_t i = 0; i < count; i++)
        wrong += kind_of(i) != ZERO;
    printf("wrong %zu\n", wrong);
}

static void stray(void) {
    unsigned char *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail("mmap");
    add(memory, PAGE);
    printf("%d\n", *(volatile unsigned char *)memory);
}

static void obey(char *line) {
    char verb[16] = "";
    int rest = 0;
    size_t a = 0, b = 0;
    if (sscanf(line, "%15s %n", verb, &rest) != 1)
        fail("a line without a verb");
    (void)sscanf(line + rest, "%zu %zu", &a, &b);
    if (strcmp(verb, "send") == 0)
        send_mappings(), puts("sent");
    else if (strcmp(verb, "say") == 0)
        say(line + rest, 1, uffd), puts("sent");
    else if (strcmp(verb, "say2") == 0)
        say(line + rest, 2, uffd), puts("sent");
    else if (strcmp(verb, "say0") == 0)
        say(line + rest, 0, uffd), puts("sent");
    else if (strcmp(verb, "other") == 0)
        say(line + rest, 1, STDIN_FILENO), puts("sent");
    else if (strcmp(verb, "read") == 0)
        puts(KINDS[kind_of(a)]);
    else if (strcmp(verb, "write") == 0)
        page_at(a)[7] = 42, puts("written");
    else if (strcmp(verb, "drop") == 0)
        drop(a, b), puts("dropped");
    else if (strcmp(verb, "all") == 0)
        all(a);
    else if (strcmp(verb, "race") == 0)
        race(a);
    else if (strcmp(verb, "stray") == 0)
        stray();
    else if (strcmp(verb, "unmap") == 0)
        puts(munmap(page_at(a), b * PAGE) ? "not unmapped" : "unmapped");
    else if (strcmp(verb, "block") == 0)
        puts(fcntl(uffd, F_SETFL, 0) ? "not blocking" : "blocking");
    else
        fail("verb %s", verb);
}

int main(int count, char **arguments) {
    static char line[8192];
    if (count != 5)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    path = arguments[1];
    pages = strtoul(arguments[2], NULL, 10), split = strtoul(arguments[3], NULL, 10);
    struct uffdio_api api = {.api = UFFD_API, .features = strtoul(arguments[4], NULL, 10)};
    // one mapping with a gap in the middle: the second region below the first
    unsigned char *memory =
        mmap(NULL, (pages + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || split > pages)
        fail("mmap");
    lower = memory, upper = memory + (pages - split + 1) * PAGE;
    if (munmap(memory + (pages - split) * PAGE, PAGE))
        fail("munmap");
    if ((uffd = uffd_open()) < 0) {
        printf("no userfaultfd: %m\n");
        return 77;
    }
    if (ioctl(uffd, UFFDIO_API, &api))
        fail("UFFDIO_API");
    add(upper, split * PAGE);
    add(lower, (pages - split) * PAGE);
    printf("base %lu\n", (uintptr_t)lower);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        obey(line);
    }
    return 0;
}
