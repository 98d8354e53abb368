// The loop. Descriptors tell only that something has changed; turns try everything until one of them comes to nothing.
#include "guest.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>

enum { CUT_MS = 1000, REDIAL_MS = 100, REDIAL_MOST_MS = 1000 };

void agent_watch(const struct agent *a, int fd) {
    epoll_ctl(a->epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN | EPOLLOUT | EPOLLET});
}

static void wait_for_change(struct agent *a) {
    struct epoll_event events[STREAMS];
    struct timespec time;
    int64_t due = a->progressed ? a->now_ms : a->channel < 0 ? a->dial_at_ms : INT64_MAX;
    due = a->reboot_at_ms && a->reboot_at_ms < due ? a->reboot_at_ms : due;
    due = a->question.type && a->question.deadline_ms > a->now_ms && a->question.deadline_ms < due
              ? a->question.deadline_ms
              : due;
    for (const struct stream *s = a->streams; s < a->streams + STREAMS; s++)
        due = s->number && s->ended && s->cut_at_ms > a->now_ms && s->cut_at_ms < due ? s->cut_at_ms : due;
    epoll_wait(a->epoll, events, STREAMS, due == INT64_MAX ? -1 : due > a->now_ms ? (int)(due - a->now_ms) : 0);
    clock_gettime(CLOCK_MONOTONIC, &time);
    a->now_ms = time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void reap(struct agent *a) {
    struct signalfd_siginfo signal;
    int status;
    while (read(a->signals, &signal, sizeof signal) > 0)
        ;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == a->question.sync_pid)
            a->question.synced = status == 0, a->question.deadline_ms = status ? a->now_ms : INT64_MAX;
        for (struct stream *s = a->streams; s < a->streams + STREAMS; s++) {
            if (s->number && s->pid == pid && !s->ended)
                s->ended = true, s->status = status, s->cut_at_ms = a->now_ms + CUT_MS;
        }
    }
}

static void lose(struct agent *a) {
    session_end(a);
    close(a->channel);
    a->channel = -1, a->seeks_hello = true, a->in.start = a->in.end = 0;
    a->redial_delay_ms = a->redial_delay_ms < REDIAL_MS            ? REDIAL_MS
                         : a->redial_delay_ms < REDIAL_MOST_MS / 2 ? a->redial_delay_ms * 2
                                                                   : REDIAL_MOST_MS;
    a->dial_at_ms = a->now_ms + a->redial_delay_ms;
}

// A port stays as it is when its other end is closed: the next host's first bytes may be here before the news that
// there is one, so that nothing may be dropped.
static void receive(struct agent *a) {
    struct stat s;
    size_t space = a->channel < 0 ? 0 : buffer_space(&a->in);
    ssize_t n = space > 0 ? read(a->channel, a->in.bytes + a->in.end, space) : 0;
    if (n > 0)
        a->in.end += (size_t)n, a->redial_delay_ms = 0, a->progressed = true;
    else if (space > 0 && (n < 0 ? errno != EAGAIN : fstat(a->channel, &s) == 0 && !S_ISCHR(s.st_mode)))
        lose(a);
}

static void transmit(struct agent *a) {
    size_t length = a->out.end - a->out.start;
    ssize_t n = length > 0 ? write(a->channel, a->out.bytes + a->out.start, length) : 0;
    if (n > 0)
        a->out.start += (size_t)n, a->progressed = true; // as there is more room now
    else if (n < 0 && errno != EAGAIN && errno != ENOMEM)
        lose(a);
}

void agent_turn(struct agent *a) {
    static unsigned turn;
    wait_for_change(a);
    a->progressed = false;
    reap(a);
    receive(a);
    session_receive(a);
    hook_receive(a);
    question_work(a);
    for (unsigned i = 0, first = turn++; i < STREAMS; i++)
        stream_work(a, &a->streams[(first + i) % STREAMS]); // each is the first now and then
    transmit(a);
    if (a->channel < 0 && a->now_ms >= a->dial_at_ms) {
        agent_watch(a, a->channel = machine_dial());
        if (a->channel < 0)
            lose(a);
    }
    if (a->reboot_at_ms && a->now_ms >= a->reboot_at_ms)
        a->reboot_at_ms = 0, machine_stop(SIGKILL);
}

bool read_text(const char *path, char *text, size_t size) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(file, text, size - 1);
    close(file);
    text[n < 0 ? 0 : n] = 0;
    return n > 0;
}

void agent_start(struct agent *a) {
    char text[64] = "", *at = text;
    sigset_t signals = {0};
    close(STDIN_FILENO);
    while (open("/dev/null", O_RDWR) <= STDERR_FILENO)
        ; // or another file would get a number that means something to programs
    close_range(STDERR_FILENO + 1, ~0u, 0);
    sigaddset(&signals, SIGCHLD), sigaddset(&signals, SIGPIPE);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    a->channel = -1, a->seeks_hello = true, a->ready = access(WORKER, F_OK) != 0;
    a->epoll = epoll_create1(EPOLL_CLOEXEC);
    a->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    a->hook = hook_listen();
    agent_watch(a, a->signals), agent_watch(a, a->hook);
    read_text("/proc/sys/kernel/random/boot_id", text, sizeof text);
    for (size_t i = 0; i < sizeof a->boot_id && sscanf(at += *at == '-', "%2hhx", &a->boot_id[i]) == 1; i++)
        at += 2;
}
