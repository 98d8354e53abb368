/*
 * Runs commands in the test machine for the test driver, over a virtio-serial port.
 *
 * Both sides send frames: a byte that says what it is, a 32-bit little-endian length of at most FRAME_MAX, that many bytes.
 *
 *   from the host                                       from the machine
 *   R  run: u32 seconds, u8 with a terminal or not,     H  the agent is there
 *      the command for /bin/bash -c                     O  of its standard output
 *   I  of the command's standard input; empty: its end  E  of its standard error
 *                                                       S  it has ended: u8 exited|signal|deadline, u8 code
 *
 * One command runs at a time, in a session of its own, which is killed at the command's deadline. Otherwise background
 * processes go on after the command has ended. Only root's test driver uses the port, so after a malformed frame this
 * program simply ends, and systemd restarts it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { FRAME_MAX = 32768, HEADER = 5 };
enum kind { EXITED, SIGNALLED, DEADLINE };

struct running {
    pid_t pid; /* 0: none */
    int in, out, err; /* -1: closed */
    int terminal;
    int expired;
    unsigned char input[FRAME_MAX]; /* what the command has not read yet */
    size_t pending, at;
    int input_ends;
};

static int port;
static struct running command = {.in = -1, .out = -1, .err = -1};

static void die(const char *what)
{
    fprintf(stderr, "mvm-test-agent: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void read_whole(void *into, size_t size)
{
    for (unsigned char *at = into; size > 0;) {
        ssize_t n = read(port, at, size);
        if (n == 0)
            errno = ECONNRESET;
        if (n == 0 || (n < 0 && errno != EINTR))
            die("reading the port");
        if (n > 0) {
            at += n;
            size -= (size_t)n;
        }
    }
}

static void send_frame(char type, const void *payload, uint32_t size)
{
    static unsigned char frame[HEADER + FRAME_MAX];
    frame[0] = (unsigned char)type;
    for (int i = 0; i < 4; i++)
        frame[1 + i] = (unsigned char)(size >> (8 * i));
    memcpy(frame + HEADER, payload, size);
    for (size_t at = 0; at < HEADER + size;) {
        ssize_t n = write(port, frame + at, HEADER + size - at);
        if (n < 0 && errno != EINTR)
            die("writing the port");
        if (n > 0)
            at += (size_t)n;
    }
}

static uint32_t number(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void become(const char *text)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    execl("/bin/bash", "bash", "-c", text, (char *)NULL);
    _exit(127);
}

static void nonblocking(int fd)
{
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
        die("fcntl");
}

static void start_on_terminal(const char *text)
{
    int master;
    command.pid = forkpty(&master, NULL, NULL, NULL);
    if (command.pid < 0)
        die("forkpty");
    if (command.pid == 0)
        become(text);
    command.out = master;
    command.in = dup(master);
}

static void start_on_pipes(const char *text)
{
    int in[2], out[2], err[2];
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
        die("pipe2");
    command.pid = fork();
    if (command.pid < 0)
        die("fork");
    if (command.pid == 0) {
        setsid();
        dup2(in[0], 0);
        dup2(out[1], 1);
        dup2(err[1], 2);
        become(text);
    }
    close(in[0]);
    close(out[1]);
    close(err[1]);
    command.in = in[1];
    command.out = out[0];
    command.err = err[0];
    nonblocking(err[0]);
}

static void start(unsigned char *payload, uint32_t size, int timer)
{
    if (command.pid || size < 6 || size >= FRAME_MAX) {
        errno = EPROTO;
        die("a command that cannot be run");
    }
    payload[size] = 0;
    command.terminal = payload[4];
    command.expired = command.input_ends = 0;
    command.pending = 0;
    (command.terminal ? start_on_terminal : start_on_pipes)((char *)payload + 5);
    nonblocking(command.in);
    nonblocking(command.out);
    struct itimerspec deadline = {.it_value.tv_sec = number(payload)};
    if (timerfd_settime(timer, 0, &deadline, NULL))
        die("timerfd_settime");
}

/* Drops input that arrives after the command has ended or has closed its standard input. */
static void give(const unsigned char *payload, uint32_t size)
{
    if (command.in < 0)
        return;
    memcpy(command.input, payload, size);
    command.pending = size;
    command.at = 0;
    command.input_ends = size == 0;
    if (size == 0 && command.terminal) {
        command.input[0] = 4; /* the character that ends a terminal's input */
        command.pending = 1;
        command.input_ends = 0;
    }
}

static void serve_port(int timer)
{
    unsigned char header[HEADER];
    static unsigned char payload[FRAME_MAX + 1];
    read_whole(header, sizeof header);
    uint32_t size = number(header + 1);
    if (size > FRAME_MAX || (header[0] != 'R' && header[0] != 'I')) {
        errno = EPROTO;
        die("a frame that nobody knows");
    }
    read_whole(payload, size);
    if (header[0] == 'R')
        start(payload, size, timer);
    else
        give(payload, size);
}

static void feed(void)
{
    while (command.in >= 0 && command.pending) {
        ssize_t n = write(command.in, command.input + command.at, command.pending);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n < 0) {
            command.pending = 0;
            shut(&command.in);
            return;
        }
        command.at += (size_t)n;
        command.pending -= (size_t)n;
    }
    if (command.input_ends)
        shut(&command.in);
}

/* Passes on the output that is there now. Returns whether there may be more. */
static int pass_on(int *fd, char type)
{
    static unsigned char buffer[FRAME_MAX];
    if (*fd < 0)
        return 0;
    ssize_t n = read(*fd, buffer, sizeof buffer);
    if (n > 0) {
        send_frame(type, buffer, (uint32_t)n);
        return 1;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    shut(fd); /* or EIO: no process has the terminal open */
    return 0;
}

static void reap(int timer)
{
    pid_t pid;
    int status;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != command.pid)
            continue;
        while (pass_on(&command.out, 'O') || pass_on(&command.err, 'E'))
            ;
        shut(&command.in);
        shut(&command.out);
        shut(&command.err);
        command.pid = 0;
        timerfd_settime(timer, 0, &(struct itimerspec){0}, NULL);
        unsigned char end[2] = {EXITED, 0};
        end[0] = command.expired ? DEADLINE : WIFSIGNALED(status) ? SIGNALLED : EXITED;
        end[1] = (unsigned char)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        send_frame('S', end, sizeof end);
    }
}

static void expire(void)
{
    if (command.pid) {
        command.expired = 1;
        kill(-command.pid, SIGKILL);
    }
}

static void raw_port(const char *path)
{
    struct termios mode;
    port = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (port < 0)
        die(path);
    if (tcgetattr(port, &mode) == 0) { /* a port is no terminal; a terminal in its place would change bytes */
        cfmakeraw(&mode);
        tcsetattr(port, TCSANOW, &mode);
    }
}

int main(int argc, char **argv)
{
    sigset_t set;
    uint64_t expirations;
    struct signalfd_siginfo info;
    if (argc != 2) {
        fputs("usage: agent PORT\n", stderr);
        return 2;
    }
    raw_port(argv[1]);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int children = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (children < 0 || timer < 0)
        die("signalfd or timerfd");
    send_frame('H', "", 0);
    for (;;) {
        /* reads no more from the port until the command has taken its input, which holds back the sender */
        struct pollfd fds[] = {
            {.fd = children, .events = POLLIN},
            {.fd = timer, .events = POLLIN},
            {.fd = command.out, .events = POLLIN},
            {.fd = command.err, .events = POLLIN},
            {.fd = command.pending || command.input_ends ? command.in : -1, .events = POLLOUT},
            {.fd = command.in >= 0 && (command.pending || command.input_ends) ? -1 : port, .events = POLLIN},
        };
        if (poll(fds, sizeof fds / sizeof *fds, -1) < 0 && errno != EINTR)
            die("poll");
        if (fds[2].revents)
            pass_on(&command.out, 'O');
        if (fds[3].revents)
            pass_on(&command.err, 'E');
        if (fds[4].revents)
            feed();
        if (fds[1].revents && read(timer, &expirations, sizeof expirations) == sizeof expirations)
            expire();
        if (fds[0].revents && read(children, &info, sizeof info) == sizeof info)
            reap(timer);
        if (fds[5].revents)
            serve_port(timer);
    }
}
