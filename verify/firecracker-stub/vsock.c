// The vsock device: a Unix socket at which the host asks for connections to guest ports, and connections of the guest
// to sockets beside it. Traffic follows Firecracker's rules. Writing a snapshot's state arms a reset of all
// connections, which the guest notices when it runs again. 1.16 waits for that after every resume. Without a snapshot
// it never comes, and nothing from the host reaches the guest any longer.
#define _GNU_SOURCE
#include "standin.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINKS = 64, FLOW = 65536, LEAST = 10, REQUEST = 32, FIRST_PORT = 1 << 30 };
enum state { FREE, ASKING, WAITING, OPEN, WAS_RESET };
enum { TO_GUEST, TO_HOST };

static struct link {
    enum state state;
    uint32_t port; // the guest's port that the host asks for
    int end[2];    // to the guest, to the host
    bool over[2];  // no more data will come for it
    size_t held[2];
    char bytes[2][FLOW];
} links[LINKS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static int listener = -1, wake = -1;
static bool running, delivering, reset_armed;
static uint32_t next_port = FIRST_PORT;

static void stir(void) {
    uint64_t one = 1;
    if (write(wake, &one, sizeof one) < 0)
        abort();
}

const char *vsock_bind(const char *path) {
    if (strlen(path) >= sizeof address.sun_path)
        return "path must be shorter than SUN_LEN";
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    strcpy(address.sun_path, path);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 128)) {
        const char *wrong = os_error(errno);
        close(fd);
        return wrong;
    }
    pthread_mutex_lock(&lock);
    listener = fd;
    pthread_mutex_unlock(&lock);
    stir();
    return NULL;
}

void vsock_close(void) {
    pthread_mutex_lock(&lock);
    if (listener >= 0)
        close(listener), listener = -1, unlink(address.sun_path);
    pthread_mutex_unlock(&lock);
}

static void change(bool runs, bool delivers, bool armed) {
    pthread_mutex_lock(&lock);
    running = runs, delivering = delivers, reset_armed = armed;
    pthread_mutex_unlock(&lock);
    stir();
}

void vsock_start(bool restored) {
    change(!restored, true, restored);
}

void vsock_pause(void) {
    change(false, delivering, reset_armed);
}

void vsock_state_saved(void) {
    change(running, delivering, true);
}

void vsock_resume(void) {
    pthread_mutex_lock(&lock);
    for (struct link *l = links; reset_armed && l < links + LINKS; l++) {
        if (l->state != OPEN)
            continue;
        while (recv(l->end[TO_HOST], l->bytes[TO_GUEST], FLOW, MSG_DONTWAIT) > 0)
            ; // the host's end stays open, without data, until the host writes again
        close(l->end[TO_GUEST]), l->end[TO_GUEST] = -1, l->state = WAS_RESET;
    }
    pthread_mutex_unlock(&lock);
    change(true, reset_armed || MINOR != 16, false);
}

static void cut(struct link *l) {
    for (int i = 0; i < 2; i++) {
        if (l->end[i] >= 0)
            close(l->end[i]);
    }
    l->state = FREE;
}

static struct link *add(enum state state, int guest, int host) {
    struct link *l = links;
    while (l < links + LINKS && l->state != FREE)
        l++;
    if (l == links + LINKS)
        return NULL;
    l->state = state, l->end[TO_GUEST] = guest, l->end[TO_HOST] = host;
    memset(l->over, 0, sizeof l->over), memset(l->held, 0, sizeof l->held);
    return l;
}

int vsock_dial(uint32_t port) {
    struct sockaddr_un name = address;
    int ends[2] = {-1, -1}, host = -1;
    size_t length = strlen(name.sun_path);
    pthread_mutex_lock(&lock);
    bool good = delivering && listener >= 0 &&
                snprintf(name.sun_path + length, sizeof name.sun_path - length, "_%u", port) <
                    (int)(sizeof name.sun_path - length) &&
                (host = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) >= 0 &&
                connect(host, (struct sockaddr *)&name, sizeof name) == 0 &&
                socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0 &&
                add(OPEN, ends[0], host);
    pthread_mutex_unlock(&lock);
    if (good)
        return stir(), ends[1];
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0)
            close(ends[i]);
    }
    if (host >= 0)
        close(host);
    return -1;
}

// Ten bytes at once, then one by one to the end of the line, as Firecracker reads a request.
static bool read_request(struct link *l) {
    char text[REQUEST + 1] = "", *end, *port;
    size_t n = 0;
    if (recv(l->end[TO_HOST], text, LEAST, MSG_DONTWAIT) != LEAST)
        return false;
    for (n = LEAST; text[n - 1] != '\n' && n < REQUEST; n++) {
        if (recv(l->end[TO_HOST], text + n, 1, MSG_DONTWAIT) != 1)
            return false;
    }
    char *rest = text, *word = strtok_r(rest, " \t\r\n\v\f", &rest);
    port = word && strcasecmp(word, "connect") == 0 ? strtok_r(NULL, " \t\r\n\v\f", &rest) : NULL;
    if (!port || !strchr("+0123456789", *port) || !port[*port == '+'])
        return false;
    unsigned long number = strtoul(port, &end, 10);
    l->port = (uint32_t)number, l->state = WAITING;
    return !*end && number <= UINT32_MAX;
}

static bool answer(struct link *l) {
    char ok[32];
    l->end[TO_GUEST] = guest_accept(l->port);
    l->state = OPEN;
    return l->end[TO_GUEST] >= 0 &&
           send(l->end[TO_HOST], ok, (size_t)sprintf(ok, "OK %u\n", next_port++), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

static bool moves(int to) {
    return running && (to == TO_HOST || delivering);
}

// Moves the data that is there, in one direction. Returns false if the connection has ended.
static bool carry(struct link *l, int to) {
    char *bytes = l->bytes[to];
    if (!moves(to))
        return true;
    ssize_t n = l->over[to] ? -1 : recv(l->end[!to], bytes + l->held[to], FLOW - l->held[to], MSG_DONTWAIT);
    if (n == 0 || (n < 0 && !l->over[to] && errno != EAGAIN))
        l->over[to] = l->held[to] < FLOW; // without room recv(2) returns 0 as well
    l->held[to] += n > 0 ? (size_t)n : 0;
    n = l->held[to] > 0 ? send(l->end[to], bytes, l->held[to], MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
    if (n < 0 && errno != EAGAIN)
        return false;
    if (n > 0)
        memmove(bytes, bytes + n, l->held[to] -= (size_t)n);
    return !l->over[to] || l->held[to] > 0;
}

static bool work(struct link *l) {
    char byte;
    if (l->state == ASKING && !read_request(l))
        return false;
    if (l->state == WAITING && moves(TO_GUEST) && !answer(l))
        return false;
    if (l->state == OPEN)
        return carry(l, TO_GUEST) && carry(l, TO_HOST);
    return l->state != WAS_RESET || (recv(l->end[TO_HOST], &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
}

static void welcome(void) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0 && !add(ASKING, -1, fd))
        close(fd);
}

// Returns the events to poll one end of a link for; 0: none, because a hang-up would be reported again and again.
static short wanted(const struct link *l, int end) {
    if (l->state != OPEN)
        return end == TO_HOST && l->state != FREE && l->state != WAITING ? POLLIN : 0;
    bool reads = moves(!end) && !l->over[!end] && l->held[!end] < FLOW, writes = moves(end) && l->held[end] > 0;
    return (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
}

void vsock_run(void) {
    struct pollfd polled[2 + 2 * LINKS];
    uint64_t count;
    for (;;) {
        pthread_mutex_lock(&lock);
        polled[0] = (struct pollfd){.fd = wake, .events = POLLIN};
        polled[1] = (struct pollfd){.fd = listener, .events = POLLIN};
        for (size_t i = 0; i < 2 * LINKS; i++) {
            short events = wanted(&links[i / 2], i % 2);
            polled[2 + i] = (struct pollfd){.fd = events ? links[i / 2].end[i % 2] : -1, .events = events};
        }
        pthread_mutex_unlock(&lock);
        poll(polled, 2 + 2 * LINKS, -1);
        pthread_mutex_lock(&lock);
        if (polled[0].revents && read(wake, &count, sizeof count) < 0)
            abort();
        for (size_t i = 0; i < LINKS; i++) {
            struct link *l = &links[i];
            bool due =
                polled[2 + 2 * i].revents || polled[3 + 2 * i].revents || (polled[0].revents && l->state != ASKING);
            if (l->state != FREE && due && !work(l))
                cut(l);
        }
        if (polled[1].revents && listener >= 0)
            welcome();
        pthread_mutex_unlock(&lock);
    }
}

__attribute__((constructor)) static void prepare(void) {
    wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}
