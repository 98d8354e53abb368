#include "player.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>

#define LIMIT_MS 60000

pid_t player_agent;
int player_told = -1;
uint8_t player_greeting[128];

static int listener = -1, connection = -1;
static uint8_t arrived[2 * (HEADER + PAYLOAD_MAX)];
static size_t start, end;
static uint8_t pings;

static _Noreturn void fail(const char *what) {
    tap(false, "%s: %s", what, errno ? strerror(errno) : "not in time");
    player_stop();
    exit(1);
}

static void await(int fd, short events, const char *what) {
    struct pollfd p = {fd, events, 0};
    errno = 0;
    if (poll(&p, 1, LIMIT_MS) != 1)
        fail(what);
}

int64_t player_clock(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void listen_here(void) {
    struct sockaddr_un host = {AF_UNIX, "host"};
    unlink("host");
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&host, sizeof host) || listen(listener, 4))
        fail("listen");
}

void player_start(const char *program, const char *scratch, int descriptors) {
    int told[2], never[2];
    if (chdir(scratch) || pipe2(told, O_CLOEXEC) || pipe2(never, O_CLOEXEC))
        fail("prepare");
    listen_here();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    player_agent = fork();
    if (player_agent == 0) {
        struct rlimit files = {(rlim_t)descriptors, (rlim_t)descriptors};
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(never[0], STDIN_FILENO); // nothing comes here, and it does not end
        dup2(told[1], STDOUT_FILENO);
        signal(SIGINT, SIG_IGN); // programs must not inherit this
        if (descriptors)
            setrlimit(RLIMIT_NOFILE, &files);
        execl(program, program, NULL);
        _exit(127);
    }
    close(told[1]);
    player_told = told[0];
    player_accept();
}

void player_accept(void) {
    await(listener, POLLIN, "the agent dials");
    connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    start = end = 0;
}

void player_hang_up(void) {
    close(connection);
    connection = -1;
}

void player_refuse(int times) {
    static const char TOLD[] = "nobody\n";
    char text[sizeof TOLD];
    close(listener);
    player_hang_up();
    for (int i = 0; i < times; i++) {
        await(player_told, POLLIN, "the agent dials");
        if (read(player_told, text, strlen(TOLD)) != (ssize_t)strlen(TOLD) || memcmp(text, TOLD, strlen(TOLD)) != 0)
            fail("the agent dials");
    }
    listen_here();
}

// Processes that an agent leaves become children of this one, see player_start().
static void end_all_children(void) {
    char path[64], text[4096] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    do {
        FILE *file = fopen(path, "re");
        if (!file || !fgets(text, sizeof text, file))
            *text = 0;
        if (file)
            fclose(file);
        for (char *pid = strtok(text, " "); pid; pid = strtok(NULL, " ")) {
            kill(atoi(pid), SIGKILL);
            waitpid(atoi(pid), NULL, 0);
        }
    } while (*text);
}

bool player_hears(const char *line) {
    char text[128] = "";
    for (size_t at = 0; at < sizeof text - 1 && !strchr(text, '\n'); at++) {
        await(player_told, POLLIN, line);
        if (read(player_told, text + at, 1) != 1)
            fail(line);
    }
    if (strcmp(text, line) != 0)
        printf("# the machine says %s", text);
    return strcmp(text, line) == 0;
}

bool player_told_nothing(void) {
    struct pollfd p = {player_told, POLLIN, 0};
    return poll(&p, 1, 0) == 0;
}

void player_stop(void) {
    if (player_agent > 0) {
        kill(player_agent, SIGKILL);
        waitpid(player_agent, NULL, 0);
        end_all_children();
    }
    player_agent = 0;
    close(listener);
    close(connection);
    close(player_told);
}

void player_write(const uint8_t *bytes, size_t length) {
    while (length > 0) {
        await(connection, POLLOUT, "the agent reads");
        ssize_t n = send(connection, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN)
            fail("write to the agent");
        bytes += n > 0 ? n : 0;
        length -= n > 0 ? (size_t)n : 0;
    }
}

void player_send(uint32_t type, uint32_t stream, const void *payload, uint32_t length) {
    static uint8_t bytes[HEADER + PAYLOAD_MAX];
    player_write(bytes, host_frame(bytes, type, stream, payload, length));
}

void player_exec(const struct request *r) {
    static uint8_t bytes[HEADER + PAYLOAD_MAX];
    player_write(bytes, host_exec(bytes, r));
}

void player_window(uint32_t stream, uint32_t which, uint32_t credit) {
    uint8_t bytes[32];
    player_write(bytes, host_window(bytes, stream, which, credit));
}

void player_signal(uint32_t stream, int number) {
    uint8_t byte = (uint8_t)number;
    player_send(SIGNAL, stream, &byte, 1);
}

static void read_more(void) {
    memmove(arrived, arrived + start, end - start);
    end -= start;
    start = 0;
    await(connection, POLLIN, "the agent answers");
    ssize_t n = read(connection, arrived + end, sizeof arrived - end);
    if (n <= 0)
        fail("the agent hung up");
    end += (size_t)n;
}

struct frame player_next(void) {
    struct frame f;
    long n;
    while ((n = host_judge(arrived + start, end - start, &f)) == 0)
        read_more();
    errno = 0;
    if (n < 0)
        fail("the agent sends bytes that are not a frame");
    start += (size_t)n;
    return f;
}

void player_hello(void) {
    uint8_t nonce[NONCE], bytes[64];
    const uint8_t *found;
    if (getrandom(nonce, sizeof nonce, 0) != sizeof nonce)
        fail("getrandom");
    player_write(bytes, host_hello(bytes, PROTOCOL, nonce));
    while (!(found = memmem(arrived + start, end - start, nonce, NONCE))) {
        start = end - start > 40 ? end - 40 : start; // frames before the answer belong to an earlier session
        read_more();
    }
    start = (size_t)(found - arrived) - HEADER - 4;
    struct frame f = player_next();
    errno = 0;
    if (f.type != HELLO_ACK || memcmp(f.payload + 4, nonce, NONCE) != 0)
        fail("the answer to the hello");
    memcpy(player_greeting, f.payload, f.length);
}

bool player_says(uint32_t type, uint32_t stream, const char *payload, uint32_t length) {
    struct frame f = player_next();
    bool good = f.type == type && f.stream == stream && f.length == length && memcmp(f.payload, payload, length) == 0;
    if (!good)
        printf("# it says %02x on %u with %u bytes instead\n", f.type, f.stream, f.length);
    return good;
}

const char *player_reads(uint32_t stream, const char *text) {
    static char out[4096];
    size_t length = 0, wanted = strlen(text);
    while (length < wanted || strcmp(out + length - wanted, text) != 0) {
        struct frame f = player_next();
        errno = 0;
        if (f.type != STDOUT || f.stream != stream || length + f.length >= sizeof out)
            fail(text);
        memcpy(out + length, f.payload, f.length);
        out[length += f.length] = 0;
    }
    return out;
}

bool player_is_silent(void) {
    char token[8] = {(char)++pings};
    player_send(PING, 0, token, sizeof token);
    return player_says(PONG, 0, token, sizeof token);
}

pid_t player_started(uint32_t stream) {
    struct frame f = player_next();
    errno = 0;
    if (f.type != STARTED || f.stream != stream || get(f.payload + 4, 4) != STDIN_CREDIT)
        fail("the program starts");
    return (pid_t)get(f.payload, 4);
}

const struct result *player_collect(uint32_t stream) {
    static struct result r;
    r = (struct result){.kind = -2};
    for (struct frame f; r.kind == -2;) {
        f = player_next();
        errno = 0;
        if (f.stream != stream && f.stream != 0)
            fail("a frame of another stream");
        if (f.type == STDOUT && r.out_length + f.length < sizeof r.out) {
            memcpy(r.out + r.out_length, f.payload, f.length);
            r.out_length += f.length;
        } else if (f.type == STDERR && r.err_length + f.length < sizeof r.err) {
            memcpy(r.err + r.err_length, f.payload, f.length);
            r.err_length += f.length;
        } else if (f.type == EXIT) {
            r.kind = f.payload[0];
            r.value = f.payload[1];
        } else if (f.type == REFUSED) {
            r.kind = -1;
            r.value = f.payload[0];
        }
    }
    return &r;
}

const struct result *player_run(const struct request *r) {
    player_exec(r);
    return player_collect(r->stream);
}

const struct result *player_shell(const char *script) {
    const char *argv[] = {"sh", "-c", script, NULL};
    return player_run(&(struct request){.stream = 1, .credit = CREDIT_MAX, .argv = argv});
}

bool player_ended(const struct result *r, int kind, int value) {
    if (r->kind != kind || r->value != value)
        printf("# it ended with %d %d instead\n", r->kind, r->value);
    return r->kind == kind && r->value == value;
}

bool player_gone(pid_t pid) {
    int pidfd = pidfd_open(pid, 0);
    struct pollfd p = {pidfd, POLLIN, 0};
    bool gone = pidfd < 0 ? errno == ESRCH : poll(&p, 1, LIMIT_MS) == 1;
    if (pidfd >= 0)
        close(pidfd);
    return gone;
}
