// From the program's start to the machine's end: output, orphans, the stop, and what the kernel says of the image.
#include "init.h"

#include <linux/netlink.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>

enum { SIGNALS, KERNEL, OUTPUT, ERRORS, WATCHED };
enum { PIECE = 1024, PIECES_LEFT = 64, ESCAPED = 4, AGAIN_MS = 1000 };

struct watched {
    const struct boot *boot;
    const struct config *config;
    const struct started *program;
    bool agent_failed;
    int64_t kill_at_ms; // 0: no stop has been asked for
    struct pollfd fds[WATCHED];
};

static sigset_t signals;

static int64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time); // cannot fail: Linux has this clock
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void signals_block(void) {
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM); // of the agent
    sigaddset(&signals, SIGINT);  // of the keys Ctrl, Alt and Del
    if (sigprocmask(SIG_BLOCK, &signals, NULL) || reboot(RB_DISABLE_CAD))
        fail("watch_failed", NOT_STARTED, "signals", errno);
}

// Shows a line, or a part of one that goes on.
static void show(int which, char mark, const char *bytes, size_t length) {
    char text[PIECE * ESCAPED + 1], *out = text;
    for (size_t i = 0; i < length; i++) {
        uint8_t c = (uint8_t)bytes[i];
        out += sprintf(out, c == '\\' || c < ' ' || c > '~' ? "\\x%02x" : "%c", c);
    }
    dprintf(STDOUT_FILENO, "%s%c %.*s\n", which == OUTPUT ? "out" : "err", mark, (int)(out - text), text);
}

// Does not wait: a program can have read its own output. Returns whether there can be more.
static bool pass_output(struct watched *w, int which) {
    char bytes[PIECE];
    ssize_t n = read(w->fds[which].fd, bytes, sizeof bytes);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN)
            w->fds[which].fd = -1; // poll(2) passes it over
        return false;
    }
    for (char *at = bytes; at < bytes + n;) {
        size_t left = (size_t)(bytes + n - at);
        char *end = memchr(at, '\n', left);
        show(which, end ? ':' : '+', at, end ? (size_t)(end - at) : left);
        at += end ? (size_t)(end - at) + 1 : left;
    }
    return true;
}

// A change of any device, or too many of them to be told.
static void hear_kernel(struct watched *w) {
    char text[4096];
    while (recv(w->fds[KERNEL].fd, text, sizeof text, MSG_DONTWAIT) > 0)
        ;
    if (verity_is_corrupt())
        end_machine("image_corrupt", NOT_STARTED, "");
}

static void signal_program(const struct watched *w, int signal) {
    pidfd_send_signal(w->program->fd, signal, NULL, 0); // fails if it has just ended
}

// Processes of the program's cgroup that the kernel has killed for want of memory.
static bool memory_ran_out(void) {
    static const char KILLED[] = "\noom_kill ";
    char text[512];
    const char *line =
        read_file("/sys/fs/cgroup/program/memory.events", text, sizeof text) ? strstr(text, KILLED) : NULL;
    return line && line[strlen(KILLED)] != '0';
}

static const char *reason_of(const struct watched *w, int status) {
    if (!WIFSIGNALED(status))
        return "exited";
    if (WTERMSIG(status) == SIGKILL && w->agent_failed)
        return "agent_failed";
    return WTERMSIG(status) == SIGKILL && memory_ran_out() ? "oom" : "killed";
}

// All processes of the program's namespace have ended by now. What a pipe of the usual size can hold of their outputs
// is shown: a program can make its pipes larger, and the console is slow.
static _Noreturn void end_with(struct watched *w, int status) {
    for (int which = OUTPUT; which <= ERRORS; which++) {
        for (int pieces = 0; pieces < PIECES_LEFT && pass_output(w, which); pieces++)
            ;
    }
    int number = WIFSIGNALED(status) ? BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
    end_machine(reason_of(w, status), number, "");
}

// Without the agent nothing could stop the program. If both have ended, the agent has because the program has.
static void reap(struct watched *w) {
    int status, programs = 0;
    bool ended = false;
    for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG)) {
        if (pid == w->program->pid) {
            ended = true;
            programs = status;
        }
        w->agent_failed = w->agent_failed || pid == w->program->agent;
    }
    if (ended)
        end_with(w, programs);
    if (w->agent_failed)
        signal_program(w, SIGKILL);
}

static void hear_signals(struct watched *w) {
    struct signalfd_siginfo signal;
    while (read(w->fds[SIGNALS].fd, &signal, sizeof signal) > 0) {
        if (signal.ssi_signo == SIGCHLD || w->kill_at_ms)
            continue;
        signal_program(w, w->config->stop_signal);
        w->kill_at_ms = now_ms() + (int64_t)w->boot->stop_seconds * 1000;
    }
    reap(w);
}

static int time_left(struct watched *w) {
    if (!w->kill_at_ms)
        return -1;
    int64_t left = w->kill_at_ms - now_ms();
    return left > 0 ? (int)left : 0; // an hour at most
}

static int listen_to_kernel(void) {
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address))
        fail("watch_failed", NOT_STARTED, "uevents", errno);
    return fd;
}

void watch(const struct boot *b, const struct config *c, const struct started *program) {
    static struct watched w;
    w = (struct watched){.boot = b, .config = c, .program = program};
    const int fds[WATCHED] = {signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK), listen_to_kernel(), program->output,
                              program->errors};
    for (int i = 0; i < WATCHED; i++)
        w.fds[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    hear_kernel(&w); // what happened before somebody listened
    while (true) {
        poll(w.fds, WATCHED, time_left(&w));
        if (time_left(&w) == 0) { // by the clock: a program that prints all the time leaves no poll(2) without result
            signal_program(&w, SIGKILL);
            w.kill_at_ms += AGAIN_MS;
        }
        pass_output(&w, OUTPUT);
        pass_output(&w, ERRORS);
        if (w.fds[KERNEL].revents)
            hear_kernel(&w);
        hear_signals(&w);
    }
}
