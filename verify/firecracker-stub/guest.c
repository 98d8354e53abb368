// The guest: the code of mvm-guest on the first virtual processor's thread. Its state is in guest memory, together with
// pages that it writes and checks. If memory was not restored, it answers a ping wrongly. It echoes on vsock port 7.
#include "../../native/guest/guest.h"
#include "standin.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>

#define AT ((struct guest *)(void *)regions[0].host)
#define KERNEL (2ul << 20) // where it is loaded, behind struct guest
#ifndef MARKS // a suite with many microVMs has them smaller
#define MARKS 1024
#endif
enum { CHECKED = 64, ECHOES = 8, ECHO_PORT = 7, WORDS = PAGE / 8 };
const char guest_kind[] = "agent";
const bool guest_in_memory = true;

static const char MAGIC[8] = "standin1";

struct guest {
    char magic[8];
    uint64_t seed, pings, first, step; // pages, from `first` on every `step` bytes
    uint32_t marks, next, generation[MARKS];
    struct agent agent;
    char file[256]; // the name of its one file, empty if it has none
};

static struct { // not in the guest's memory
    int fd;
    size_t held;
    char bytes[4096];
} echoes[ECHOES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // of descriptors in echoes
static int kick = -1;
static bool dead; // memory holds no guest

static uint64_t mix(uint64_t x) { // splitmix64
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static uint64_t word(const struct guest *g, uint32_t mark, size_t i) {
    return mix(g->seed + ((uint64_t)mark << 40 | (uint64_t)g->generation[mark] << 9 | i));
}

static uint64_t *page_of(const struct guest *g, uint32_t mark) {
    return (uint64_t *)(void *)(regions[0].host + g->first + mark * g->step);
}

static void write_mark(struct guest *g, uint32_t mark) {
    uint64_t *page = page_of(g, mark);
    for (size_t i = 0; i < WORDS; i++)
        page[i] = word(g, mark, i);
    memory_touched(g->first + mark * g->step, PAGE);
}

static bool mark_is_good(const struct guest *g, uint32_t mark) {
    const uint64_t *page = page_of(g, mark);
    size_t i = 0;
    while (i < WORDS && page[i] == word(g, mark, i))
        i++;
    if (i < WORDS)
        WARN("guest: the page at %#lx is not what it was", g->first + mark * g->step);
    return i == WORDS;
}

// Checks some pages, others each time, and changes one.
static bool memory_is_good(struct guest *g) {
    bool good = true;
    for (uint32_t i = 0; i < CHECKED && i < g->marks; i++, g->next = (g->next + 1) % g->marks)
        good = mark_is_good(g, g->next) && good;
    if (good && g->marks > 0) {
        uint32_t mark = (uint32_t)(mix(g->pings++) % g->marks);
        g->generation[mark]++;
        write_mark(g, mark);
    }
    return good;
}

// The linker puts this in place of frame_add(), see the Makefile. If memory is bad, the token that the agent writes
// into a PONG is lost, and the answer is wrong.
uint8_t *__real_frame_add(struct buffer *out, uint32_t type, uint32_t stream, uint32_t length);
uint8_t *__wrap_frame_add(struct buffer *out, uint32_t type, uint32_t stream, uint32_t length);
uint8_t *__wrap_frame_add(struct buffer *out, uint32_t type, uint32_t stream, uint32_t length) {
    static uint8_t nowhere[8];
    uint8_t *at = __real_frame_add(out, type, stream, length);
    if (type != PONG || memory_is_good(AT))
        return at;
    memcpy(at, "spoiled!", sizeof nowhere);
    return nowhere;
}

static const char *read_file(const char *path, uint64_t *address, bool from_end, uint64_t limit) {
    struct stat s;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint64_t size = fd >= 0 && fstat(fd, &s) == 0 ? (uint64_t)s.st_size : 0, got = 0;
    bool fits_in = size <= limit;
    *address = from_end && fits_in ? (*address - size) & ~(PAGE - 1) : *address;
    for (ssize_t n = 1; fits_in && got < size && n > 0; got += n > 0 ? (uint64_t)n : 0)
        n = read(fd, regions[0].host + *address + got, size - got);
    if (fd >= 0)
        close(fd);
    if (!fits_in || got < size || size == 0)
        return print("%s does not fit into memory, or cannot be read", path);
    memory_touched(*address, size);
    return NULL;
}

const char *guest_load(const char *kernel, const char *initrd) {
    uint64_t top = regions[0].size, begin = KERNEL;
    const char *wrong;
    if (top <= KERNEL)
        return "System configuration error: Cannot load kernel due to invalid memory configuration or invalid kernel "
               "image: "
               "Kernel Loader: Unable to read kernel image";
    uint8_t *head = regions[0].host + KERNEL;
    if ((wrong = read_file(kernel, &begin, false, top - KERNEL)))
        return print(
            "System configuration error: Cannot load kernel due to invalid memory configuration or invalid kernel "
            "image: Kernel Loader: %s",
            wrong);
    if (memcmp(head, "\177ELF", 4) != 0 && (MINOR < 17 || memcmp(head + 0x202, "HdrS", 4) != 0))
        return "System configuration error: Cannot load kernel due to invalid memory configuration or invalid kernel "
               "image: "
               "Kernel Loader: Invalid Elf magic number";
    struct stat s;
    begin = KERNEL + (stat(kernel, &s) == 0 ? ((uint64_t)s.st_size + PAGE - 1) & ~(PAGE - 1) : 0);
    if (*initrd && (wrong = read_file(initrd, &top, true, begin < top ? top - begin : 0)))
        return print("Error with initrd initialization: %s.", wrong);
    struct guest *g = AT;
    if (getrandom(&g->seed, sizeof g->seed, 0) < 0 || getrandom(g->agent.boot_id, BOOT_ID, 0) < 0)
        return "System configuration error: no random numbers";
    uint64_t pages = begin < top ? (top - begin) / PAGE : 0;
    g->first = begin, g->marks = pages < MARKS ? (uint32_t)pages : MARKS;
    g->step = g->marks > 0 ? pages / g->marks * PAGE : PAGE;
    for (uint32_t mark = 0; mark < g->marks; mark++)
        write_mark(g, mark);
    g->agent.ready = true;
    memcpy(g->magic, MAGIC, sizeof MAGIC);
    memory_touched(0, sizeof *g);
    return NULL;
}

// Makes descriptors and times of the agent anew, which belong to a process. The connection has been reset, which has
// ended the session.
void guest_enter(bool restored) {
    struct agent *a = &AT->agent;
    dead = memcmp(AT->magic, MAGIC, sizeof MAGIC) != 0;
    if (dead) {
        WARN("guest: there is none in this memory");
        return;
    }
    for (struct stream *s = a->streams; s < a->streams + STREAMS; s++)
        s->number = 0;
    for (size_t i = 0; i < ECHOES; i++)
        echoes[i].fd = -1;
    a->channel = a->signals = -1;
    a->seeks_hello = true;
    a->dial_at_ms = a->redial_delay_ms = 0;
    a->reboot_at_ms = a->reboot_at_ms ? 1 : 0; // at once, as its time was of another clock
    a->in.start = a->in.end = 0;
    a->out.start = a->out.end = 0;
    a->epoll = epoll_create1(EPOLL_CLOEXEC);
    a->hook = hook_listen();
    agent_watch(a, kick), agent_watch(a, a->hook);
    INFO("guest: %s, %u pages of its own, %lu pings answered", restored ? "restored" : "booted", AT->marks, AT->pings);
}

static void echo(size_t i) {
    pthread_mutex_lock(&lock);
    int fd = echoes[i].fd;
    pthread_mutex_unlock(&lock);
    if (fd < 0)
        return;
    ssize_t n = recv(fd, echoes[i].bytes + echoes[i].held, sizeof echoes->bytes - echoes[i].held, MSG_DONTWAIT);
    bool over = (n == 0 && echoes[i].held < sizeof echoes->bytes) || (n < 0 && errno != EAGAIN);
    echoes[i].held += n > 0 ? (size_t)n : 0;
    ssize_t sent = echoes[i].held > 0 ? send(fd, echoes[i].bytes, echoes[i].held, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
    if (sent > 0)
        memmove(echoes[i].bytes, echoes[i].bytes + sent, echoes[i].held -= (size_t)sent);
    over = over || (sent < 0 && errno != EAGAIN);
    pthread_mutex_lock(&lock);
    if (over)
        close(fd), echoes[i].fd = -1;
    pthread_mutex_unlock(&lock);
    AT->agent.progressed = AT->agent.progressed || n > 0 || sent > 0;
}

// On the main thread.
int guest_accept(uint32_t port) {
    int ends[2], out = -1;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < ECHOES && port == ECHO_PORT && out < 0 && !dead; i++) {
        if (echoes[i].fd < 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0) {
            echoes[i].fd = ends[0], echoes[i].held = 0, out = ends[1];
            agent_watch(&AT->agent, ends[0]);
        }
    }
    pthread_mutex_unlock(&lock);
    return out;
}

void guest_turn(void) {
    struct epoll_event event;
    struct agent *a = &AT->agent;
    if (dead) {
        int epoll = epoll_create1(EPOLL_CLOEXEC);
        agent_watch(&(struct agent){.epoll = epoll}, kick);
        epoll_wait(epoll, &event, 1, -1);
        close(epoll);
        return;
    }
    agent_turn(a);
    for (size_t i = 0; i < ECHOES; i++)
        echo(i);
    memory_touched(0, sizeof(struct guest));
}

void vm_kick(void) {
    uint64_t one = 1;
    if (write(kick, &one, sizeof one) < 0)
        abort();
}

int machine_dial(void) {
    return vsock_dial(1024);
}

void machine_stop(int number) {
    if (number == SIGKILL)
        vm_exit(0); // the machine's reset
}

pid_t machine_sync(void) {
    AT->agent.question.synced = true; // there is no file system to write
    return 1 << 30;                   // no process has this number
}

// This guest draws no random numbers, and its clock is the host's.
bool machine_rekey(const uint8_t entropy[static SEED], uint64_t time) {
    (void)entropy;
    (void)time;
    return true;
}

// What suites ask of any guest: `touch FILE` and `test -e FILE` for one file, and `cat` of two that every Linux has.
// Returns the status, or -1 for any other program.
static int perform(struct guest *g, char *const *arguments, char text[static 64]) {
    const char *name = arguments[0], *first = name ? arguments[1] : NULL;
    const char *second = first ? arguments[2] : NULL;
    const uint8_t *b = g->agent.boot_id;
    if (first && !second && strcmp(name, "touch") == 0 && strlen(first) < sizeof g->file) {
        snprintf(g->file, sizeof g->file, "%s", first);
        return 0;
    }
    if (second && !arguments[3] && strcmp(name, "test") == 0 && strcmp(first, "-e") == 0)
        return strcmp(second, g->file) == 0 ? 0 : 1;
    if (!first || second || strcmp(name, "cat") != 0)
        return -1;
    if (strcmp(first, "/proc/uptime") == 0) { // which goes on, and never back
        snprintf(text, 64, "%lu.00 0.00\n", g->pings);
        return 0;
    }
    if (strcmp(first, "/proc/sys/kernel/random/boot_id") != 0)
        return 1;
    for (int i = 0, at = 0; i < BOOT_ID; i++)
        at += snprintf(text + at, 64 - (size_t)at, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
    text[36] = '\n';
    return 0;
}

// Writes the whole of a pipe, whose end to read becomes the stream's.
static bool fill(const struct agent *a, int *end, const void *bytes, size_t size) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        return false;
    bool good = write(ends[1], bytes, size) == (ssize_t)size;
    close(ends[1]);
    *end = ends[0];
    agent_watch(a, ends[0]);
    return good;
}

// No process is started: what a program would say is there at once, and it has ended. Others are refused as not found.
bool exec_start(const struct agent *a, const struct message *m, struct stream *s) {
    uint8_t reason = NOT_FOUND;
    char text[64] = "";
    int status = perform(AT, m->arguments, text);
    *s = (struct stream){.number = m->stream, .pty = m->pty, .credit = {m->credit, m->credit}};
    memset(s->fd, -1, sizeof s->fd);
    if (status < 0)
        return fill(a, &s->fd[OUTCOME], &reason, 1);
    s->pid = 2;
    s->ended = true;
    s->status = status << 8; // see wait(2)
    return fill(a, &s->fd[OUTCOME], "", 0) && fill(a, &s->fd[OUT], text, strlen(text));
}

__attribute__((constructor)) static void prepare(void) {
    kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    for (size_t i = 0; i < ECHOES; i++)
        echoes[i].fd = -1;
}
