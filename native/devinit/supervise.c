// The inner process's loop: starts, watches and restarts the daemons, and at the end stops them in reverse order.
#include "devinit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#define DELAY_FIRST 100  // milliseconds before a daemon that has ended is restarted; the delay doubles up to
#define DELAY_MOST 10000 // this, and starts at the first again when the daemon has run for this long

static struct connection {
    pid_t pid;
    struct daemon *daemon;
} connections[CONNECTIONS_MAX];
static size_t connection_count;
static int64_t now, deadline; // deadline: for the start, later for the present step of the stop
static bool all_ready, stopping, failed;

static int64_t clock_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// Returns the pid in the outer process's namespace, from a pidfd's fdinfo in the outer process's /proc.
static int outer_pid(pid_t pid) {
    char name[64], text[512] = "";
    int number = 0, pidfd = pidfd_open(pid, 0);
    snprintf(name, sizeof name, "self/fdinfo/%d", pidfd);
    int file = pidfd < 0 ? -1 : openat(fleet.outer_proc, name, O_RDONLY | O_CLOEXEC);
    if (file >= 0 && read(file, text, sizeof text - 1) > 0 && strstr(text, "\nPid:"))
        number = atoi(strstr(text, "\nPid:") + 5);
    close(file);
    close(pidfd);
    return number;
}

static void write_status(void) {
    static char before[8192];
    static bool complained;
    char text[sizeof before] = "", next[256];
    const char *name = strrchr(fleet.status, '/') + 1;
    for (struct daemon *d = fleet.daemons; d < fleet.daemons + fleet.daemon_count; d++) {
        size_t open = 0;
        for (size_t i = 0; i < connection_count; i++)
            open += connections[i].daemon == d;
        snprintf(next, sizeof next, "{\"name\":\"%s\",\"pid\":%d,\"restarts\":%u,\"ready\":%s,\"connections\":%zu}\n",
                 d->name, d->outer_pid, d->restarts, d->state == READY ? "true" : "false", open);
        strcat(text, next); // at most 16 times 255 bytes
    }
    if (strcmp(text, before) == 0)
        return;
    snprintf(next, sizeof next, "%s.new", name);
    int file = openat(fleet.status_directory, next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) &&
                   !renameat(fleet.status_directory, next, fleet.status_directory, name);
    if (!written && !complained)
        dprintf(STDERR_FILENO, "mvm-devinit: %s: %s\n", fleet.status, strerror(errno));
    complained = !written;
    strcpy(before, written ? text : ""); // "": try again next time
    close(file);
}

// Reports a failure: as the result of the start until all daemons are ready, later as a line in the log.
__attribute__((format(printf, 2, 3))) static void troubled(struct daemon *d, const char *format, ...) {
    char what[512], line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    d->line[d->line_length] = 0;
    const char *last = d->line_length ? d->line : d->last;
    snprintf(line, sizeof line, "%s %s%s%s", d->name, what, *last ? ": " : "", last);
    if (all_ready || failed)
        dprintf(STDERR_FILENO, "mvm-devinit: %s %s\n", d->name, what);
    else
        tell(line);
    failed = failed || !all_ready;
    stopping = stopping || failed;
}

static void start_later(struct daemon *d) {
    d->pid = d->outer_pid = 0;
    d->state = WAITING;
    d->delay = d->delay == 0 || now - d->started > DELAY_MOST ? DELAY_FIRST : d->delay * 2;
    if (d->delay > DELAY_MOST)
        d->delay = DELAY_MOST;
    d->due = now + d->delay;
}

static void start(struct daemon *d) {
    struct failure why;
    d->line_length = 0; // the rest is of the process before
    d->started = now;
    pid_t pid = spawn(d, -1, &why);
    if (pid < 0) {
        start_later(d);
        troubled(d, "cannot be started: %s: %s", why.with, strerror(why.error));
        return;
    }
    d->pid = pid;
    d->outer_pid = outer_pid(pid);
    d->state = d->readiness == EXEC ? READY : STARTING;
}

static void ended(struct daemon *d, int status) {
    for (int i = 0; i < 1024 && notify_receive(d); i++) // messages that it sent before it ended
        ;
    log_drain(d);
    start_later(d);
    if (stopping)
        return;
    d->restarts++;
    troubled(d, "ended %s %d", WIFSIGNALED(status) ? "by signal" : "with status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static void reap(void) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        for (struct daemon *d = fleet.daemons; d < fleet.daemons + fleet.daemon_count; d++) {
            if (d->pid == pid)
                ended(d, status);
        }
        for (size_t i = 0; i < connection_count; i++) {
            if (connections[i].pid == pid)
                connections[i--] = connections[--connection_count];
        }
    }
}

static void accept_connection(struct listener *l) {
    struct daemon *d = &fleet.daemons[l->daemon];
    struct failure why;
    int fd = connection_count < CONNECTIONS_MAX ? accept4(l->fd, NULL, NULL, SOCK_CLOEXEC) : -1;
    if (fd < 0)
        return;
    pid_t pid = spawn(d, fd, &why);
    if (pid > 0)
        connections[connection_count++] = (struct connection){pid, d};
    else
        dprintf(STDERR_FILENO, "mvm-devinit: %s cannot be started: %s: %s\n", d->name, why.with, strerror(why.error));
    close(fd);
}

static uint32_t ready_ones(void) {
    uint32_t ready = 0;
    for (size_t i = 0; i < fleet.daemon_count; i++)
        ready |= fleet.daemons[i].state == READY ? 1u << i : 0;
    return ready;
}

static void start_what_is_due(void) {
    struct daemon *end = fleet.daemons + fleet.daemon_count;
    for (struct daemon *d = fleet.daemons; d < end && !stopping; d++) { // a daemon stands below those that it waits for
        if (d->state == WAITING && d->due <= now && (all_ready || (ready_ones() & d->after) == d->after))
            start(d);
    }
    if (!all_ready && !stopping && ready_ones() == (1u << fleet.daemon_count) - 1) {
        all_ready = true;
        write_status(); // before the caller of `start` reads it
        tell("ready");
    }
    for (struct daemon *d = fleet.daemons; d < end && !all_ready && !stopping && now > deadline; d++) {
        if (d->state != READY)
            troubled(d, "was not ready in time");
    }
}

// Sends SIGTERM to the last daemon that runs, or to all connections if no daemon runs, and SIGKILL after a while.
// Returns whether nothing runs any longer.
static bool stop_next(void) {
    static bool asked_connections;
    for (struct daemon *d = fleet.daemons + fleet.daemon_count - 1; d >= fleet.daemons; d--) {
        if (!d->pid)
            continue;
        if (!d->told)
            deadline = now + fleet.stop_seconds * 1000;
        if (!d->told || now >= deadline)
            kill(d->pid, d->told ? SIGKILL : SIGTERM);
        d->told = true;
        return false;
    }
    if (!asked_connections)
        deadline = now + fleet.stop_seconds * 1000;
    for (size_t i = 0; i < connection_count; i++) {
        if (!asked_connections || now >= deadline)
            kill(connections[i].pid, asked_connections ? SIGKILL : SIGTERM);
    }
    asked_connections = true;
    return connection_count == 0;
}

static int wait_ms(void) {
    int64_t soon = now + 60000;
    if ((stopping || !all_ready) && deadline < soon)
        soon = deadline + 1;
    for (struct daemon *d = fleet.daemons; d < fleet.daemons + fleet.daemon_count; d++) {
        if (d->state == WAITING && d->due > now && d->due < soon)
            soon = d->due;
    }
    return (int)(soon > now ? soon - now : 1);
}

void supervise(int control) {
    struct pollfd polled[2 + 3 * DAEMONS_MAX];
    struct signalfd_siginfo signal;
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    polled[0] = (struct pollfd){signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK), POLLIN, 0};
    polled[1] = (struct pollfd){control, POLLIN, 0};
    deadline = clock_ms() + fleet.ready_seconds * 1000;
    for (bool done = false; !done;) {
        nfds_t n = 2;
        now = clock_ms();
        reap();
        start_what_is_due();
        done = stopping && stop_next();
        write_status();
        for (size_t i = 0; i < fleet.daemon_count; i++) {
            polled[n++] = (struct pollfd){fleet.daemons[i].notify, POLLIN, 0};
            polled[n++] = (struct pollfd){fleet.daemons[i].log_out, POLLIN, 0};
        }
        for (size_t i = 0; i < fleet.socket_count; i++) {
            bool open = fleet.sockets[i].accept && !stopping && connection_count < CONNECTIONS_MAX;
            polled[n++] = (struct pollfd){open ? fleet.sockets[i].fd : -1, POLLIN, 0};
        }
        if (!done && poll(polled, n, wait_ms()) < 0)
            continue;
        (void)!read(polled[0].fd, &signal, sizeof signal);
        if (polled[1].revents) {
            stopping = true;
            polled[1].fd = -1;
        }
        for (size_t i = 0; i < fleet.daemon_count; i++) {
            notify_receive(&fleet.daemons[i]);
            log_drain(&fleet.daemons[i]);
        }
        for (size_t i = 0; i < fleet.socket_count; i++) {
            if (polled[2 + 2 * fleet.daemon_count + i].revents)
                accept_connection(&fleet.sockets[i]);
        }
    }
    if (!all_ready && !failed)
        tell("stopped before all were ready");
    exit(failed);
}
