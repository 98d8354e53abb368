// A guest's memory survives files, a diff, and a userfaultfd that this test serves.
//   snapshot_test SCRIPT PROGRAM DIRECTORY [--no-seccomp]
#define _GNU_SOURCE
#include "line.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAUSE status_of("PATCH", "/vm", "{\"state\":\"Paused\"}")
#define RESUME status_of("PATCH", "/vm", "{\"state\":\"Resumed\"}")
enum { MEMORY = 128 << 20, PAGE = 4096, ALL = 40 };

static int listener;
static uint8_t boot[16];

static const char *inside(const char *path) {
    static char out[512];
    snprintf(out, sizeof out, "%s%s", jail, path);
    return out;
}

static int create(const char *type, const char *state, const char *memory) {
    char body[256];
    snprintf(body, sizeof body, "{\"snapshot_type\":\"%s\",\"snapshot_path\":\"%s\",\"mem_file_path\":\"%s\"}", type,
             state, memory);
    return status_of("PUT", "/snapshot/create", body);
}

static int load(const char *state, const char *type, const char *memory) {
    char body[256];
    snprintf(body, sizeof body,
             "{\"snapshot_path\":\"%s\",\"mem_backend\":{\"backend_type\":\"%s\",\"backend_path\":\"%s\"}}", state,
             type, memory);
    return status_of("PUT", "/snapshot/load", body);
}

static long blocks(const char *path) {
    struct stat s;
    return stat(inside(path), &s) == 0 ? s.st_blocks / 8 : -1; // pages
}

// Connects to a guest that goes on. Returns how many pings it answers rightly.
static int goes_on(void) {
    uint8_t now[16];
    bool ready;
    int line = line_accept(listener);
    bool same = line_hello(line, &ready, now) && memcmp(now, boot, 16) == 0;
    int good = same && line_rekey(line) ? line_pings(line, ALL) : -1;
    close(line);
    return good;
}

static void makes(void) {
    bool ready;
    pid_t pid = start();
    configure("true");
    tap(status_of("PUT", "/actions", "{\"action_type\":\"InstanceStart\"}") == 204, "it starts");
    int line = line_accept(listener);
    tap(line_hello(line, &ready, boot) && line_pings(line, ALL) == ALL, "memory is good");
    tap(line_prepare_sleep(line), "it may sleep");
    tap(PAUSE == 204 && create("Full", "/io/s", "/io/m") == 204, "a full snapshot");
    close(line); // the guest that is loaded has it open in its memory
    tap(RESUME == 204 && goes_on() == ALL, "the guest goes on");
    tap(PAUSE == 204 && create("Diff", "/io/s2", "/io/m2") == 204, "a diff");
    tap(blocks("/io/m2") > 0 && blocks("/io/m2") < 1000, "which is small: %ld pages", blocks("/io/m2"));
    end(pid);
}

static void loads_a_file(const char *what, const char *state, const char *memory, int good) {
    pid_t pid = start();
    tap(load(state, "File", memory) == 204 && RESUME == 204, "%s is loaded", what);
    int now = goes_on();
    tap(good == ALL ? now == ALL : now >= 0 && now < ALL, "%s: %d of %d pings", what, now, ALL);
    end(pid);
}

static void copy_data(const char *from, const char *to) {
    int in = open(inside(from), O_RDONLY | O_CLOEXEC), out = open(inside(to), O_WRONLY | O_CLOEXEC);
    static char piece[1 << 16];
    for (off_t at = 0; (at = lseek(in, at, SEEK_DATA)) >= 0;) {
        for (off_t hole = lseek(in, at, SEEK_HOLE); at < hole;) {
            ssize_t n = pread(in, piece, sizeof piece < (size_t)(hole - at) ? sizeof piece : (size_t)(hole - at), at);
            if (n <= 0 || pwrite(out, piece, (size_t)n, at) != n)
                exit(2);
            at += n;
        }
    }
    close(in), close(out);
}

static void spoil(const char *path) {
    int fd = open(inside(path), O_RDWR | O_CLOEXEC);
    if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 64 << 20, 4 << 20))
        exit(2);
    close(fd);
}

static void refuses_altered_files(void) {
    struct stat s;
    int fd = open(inside("/io/s"), O_RDWR | O_CLOEXEC);
    fstat(fd, &s);
    char byte = 0;
    tap(s.st_size >= 12896, "the state file is of the real one's size");
    if (pread(fd, &byte, 1, s.st_size - 20) != 1 || (byte ^= ' ' ^ '\t', pwrite(fd, &byte, 1, s.st_size - 20)) != 1)
        exit(2);
    pid_t pid = start();
    static struct reply reply;
    tap(ask("PUT", "/snapshot/load",
            "{\"snapshot_path\":\"/io/s\",\"mem_backend\":{\"backend_type\":\"File\",\"backend_path\":\"/io/m\"}}",
            &reply) &&
            strstr(reply.body, "CRC64 validation failed") && ended(pid) == 1,
        "an altered state file is refused");
    remove_sockets();
    byte ^= ' ' ^ '\t';
    if (pwrite(fd, &byte, 1, s.st_size - 20) != 1 || truncate(inside("/io/m2"), MEMORY - PAGE))
        exit(2);
    close(fd);
    pid = start();
    tap(load("/io/s", "File", "/io/m2") == 400 && ended(pid) == 1, "a memory file that is too short is refused");
    remove_sockets();
}

static struct handler {
    int listener, fd, memory, asked, stop[2];
    unsigned long base;
    bool message_is_good;
} handler;

static bool receive_message(void) {
    char text[512] = "", control[CMSG_SPACE(sizeof(int))], wanted[512];
    struct iovec part = {text, sizeof text - 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    int fd = wait_for(handler.listener);
    ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    close(fd);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (n <= 0 || !header || sscanf(text, "[{\"base_host_virt_addr\":%lu", &handler.base) != 1)
        return false;
    memcpy(&handler.fd, CMSG_DATA(header), sizeof(int));
    snprintf(wanted, sizeof wanted,
             "[{\"base_host_virt_addr\":%lu,\"size\":%d,\"offset\":0,\"page_size\":4096,\"page_size_kib\":4096}]",
             handler.base, MEMORY);
    return strcmp(text, wanted) == 0;
}

static void *serve(void *unused) {
    static _Alignas(PAGE) char page[PAGE];
    struct pollfd polled[] = {{.fd = -1, .events = POLLIN}, {.fd = handler.stop[0], .events = POLLIN}};
    struct uffd_msg event;
    (void)unused;
    handler.message_is_good = receive_message();
    polled[0].fd = handler.fd;
    while (poll(polled, 2, -1) > 0 && !polled[1].revents) {
        if (read(handler.fd, &event, sizeof event) != sizeof event || event.event != UFFD_EVENT_PAGEFAULT)
            continue;
        unsigned long address = event.arg.pagefault.address & ~(PAGE - 1ul);
        if (pread(handler.memory, page, PAGE, (off_t)(address - handler.base)) != PAGE)
            exit(2);
        struct uffdio_copy copy = {.dst = address, .src = (unsigned long)page, .len = PAGE};
        if (ioctl(handler.fd, UFFDIO_COPY, &copy) == 0)
            handler.asked++;
    }
    close(handler.fd);
    return NULL;
}

static void loads_by_faults(const char *what, const char *memory, int good) {
    pthread_t thread;
    handler = (struct handler){
        .listener = listen_at("/io/u.sock"), .fd = -1, .memory = open(inside(memory), O_RDONLY | O_CLOEXEC)};
    if (pipe2(handler.stop, O_CLOEXEC) || pthread_create(&thread, NULL, serve, NULL))
        exit(2);
    pid_t pid = start();
    tap(load("/io/s", "Uffd", "/io/u.sock") == 204 && RESUME == 204, "%s is loaded", what);
    int now = goes_on();
    tap(good == ALL ? now == ALL : now >= 0 && now < ALL, "%s: %d of %d pings", what, now, ALL);
    if (good == ALL)
        tap(PAUSE == 204 && create("Full", "/io/s3", "/io/m3") == 204, "%s: snapshot again, which asks for all pages",
            what);
    end(pid);
    if (write(handler.stop[1], "", 1) != 1)
        exit(2);
    pthread_join(thread, NULL);
    tap(handler.message_is_good, "%s: the message is the real one's", what);
    tap(handler.asked > (good == ALL ? 20000 : 500), "%s: %d pages were asked for", what, handler.asked);
    close(handler.listener), close(handler.memory), close(handler.stop[0]), close(handler.stop[1]);
}

int main(int count, char **arguments) {
    if (count < 4)
        return 2;
    player_begin(arguments[1], arguments[2], arguments[3], count > 4);
    mkdir(inside("/io"), 0777);
    listener = listen_at("/io/v.sock_1024");
    makes();
    loads_a_file("a full snapshot", "/io/s", "/io/m", ALL);
    int uffd = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);
    close(uffd);
    if (uffd >= 0) {
        loads_by_faults("memory by faults", "/io/m", ALL);
        loads_a_file("a snapshot of that", "/io/s3", "/io/m3", ALL);
    } else {
        tap_skip("memory by faults", "no /dev/userfaultfd");
    }
    copy_data("/io/m2", "/io/m");
    loads_a_file("a diff on its base", "/io/s2", "/io/m", ALL);
    spoil("/io/m");
    loads_a_file("spoiled memory", "/io/s2", "/io/m", 0);
    if (uffd >= 0)
        loads_by_faults("spoiled memory by faults", "/io/m", 0);
    refuses_altered_files();
    close(listener);
    return tap_end();
}
