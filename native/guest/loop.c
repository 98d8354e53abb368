// The loop. A change of any descriptor begins a turn, which tries everything that could be done. Turns follow each
// other until one has changed nothing; then the loop waits.
#include "guest.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>

enum { CUT_MS = 1000, REDIAL_MS = 100, REDIAL_MOST_MS = 1000 };
static const int64_t NEVER = INT64_MAX;

void say_error(const char *what) {
    dprintf(STDERR_FILENO, "mvm-guest: %s: %s\n", what, strerror(errno)); // lost if stderr is closed
}

void close_fd(int *fd) {
    if (*fd >= 0)
        close(*fd); // its result tells of nothing that could still be mended
    *fd = -1;
}

// Without epoll the loop never waits, so nothing has to be watched.
bool agent_watch(const struct agent *a, int fd) {
    struct epoll_event changes = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
    return a->epoll < 0 || epoll_ctl(a->epoll, EPOLL_CTL_ADD, fd, &changes) == 0;
}

static int64_t sooner(int64_t one, int64_t other) {
    return one < other ? one : other;
}

// Returns when the next turn is due even if no descriptor changes.
static int64_t next_turn(const struct agent *a) {
    if (a->progressed)
        return a->now_ms;
    int64_t due = a->channel < 0 ? a->dial_at_ms : NEVER;
    if (a->reboot_at_ms)
        due = sooner(due, a->reboot_at_ms);
    // a deadline that is over waits for room in a buffer, and that changes a descriptor
    if (a->question.type && a->question.deadline_ms > a->now_ms)
        due = sooner(due, a->question.deadline_ms);
    for (const struct stream *s = a->streams; s < a->streams + STREAMS; s++) {
        if (s->number && s->ended && s->cut_at_ms > a->now_ms)
            due = sooner(due, s->cut_at_ms);
    }
    return due;
}

static void wait_for_change(struct agent *a) {
    struct epoll_event events[STREAMS];
    struct timespec time;
    int64_t due = next_turn(a);
    int timeout = -1;
    if (due != NEVER)
        timeout = due > a->now_ms ? (int)(due - a->now_ms) : 0; // an hour at most, see WORKER_SECONDS_MAX
    epoll_wait(a->epoll, events, STREAMS, timeout);             // if it fails, this turn has nothing to do
    clock_gettime(CLOCK_MONOTONIC, &time);                      // cannot fail: Linux has this clock
    a->now_ms = time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void note_end(struct agent *a, pid_t pid, int status) {
    if (pid == a->question.sync_pid) {
        a->question.synced = status == 0;
        a->question.deadline_ms = a->question.synced ? NEVER : a->now_ms;
    }
    for (struct stream *s = a->streams; s < a->streams + STREAMS; s++) {
        if (s->number && s->pid == pid && !s->ended) {
            s->ended = true;
            s->status = status;
            s->cut_at_ms = a->now_ms + CUT_MS;
        }
    }
}

static void reap(struct agent *a) {
    struct signalfd_siginfo signal;
    int status;
    while (read(a->signals, &signal, sizeof signal) > 0)
        ; // one SIGCHLD can stand for many processes
    for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG))
        note_end(a, pid, status);
}

static void lose_channel(struct agent *a) {
    session_end(a);
    close_fd(&a->channel);
    a->seeks_hello = true;
    a->in.start = a->in.end = 0;
    a->redial_delay_ms = a->redial_delay_ms ? sooner(a->redial_delay_ms * 2, REDIAL_MOST_MS) : REDIAL_MS;
    a->dial_at_ms = a->now_ms + a->redial_delay_ms;
}

// A serial port has not ended when the host has left it: the first bytes of the next host may be in the buffer already,
// and must not be dropped.
static bool has_ended(int channel) {
    struct stat s;
    return fstat(channel, &s) == 0 && !S_ISCHR(s.st_mode);
}

static void receive(struct agent *a) {
    size_t space = buffer_space(&a->in);
    if (a->channel < 0 || space == 0)
        return;
    ssize_t n = read(a->channel, a->in.bytes + a->in.end, space);
    if (n > 0) {
        a->in.end += (size_t)n;
        a->redial_delay_ms = 0;
        a->progressed = true;
    } else if (n < 0 ? errno != EAGAIN : has_ended(a->channel)) {
        lose_channel(a);
    }
}

static void transmit(struct agent *a) {
    size_t length = a->out.end - a->out.start;
    if (length == 0)
        return;
    ssize_t n = write(a->channel, a->out.bytes + a->out.start, length);
    if (n > 0) {
        a->out.start += (size_t)n;
        a->progressed = true; // there is more room now
    } else if (n < 0 && errno != EAGAIN && errno != ENOMEM) {
        lose_channel(a);
    }
}

static void dial(struct agent *a) {
    a->channel = machine_dial();
    if (a->channel < 0 || !agent_watch(a, a->channel))
        lose_channel(a);
}

void agent_turn(struct agent *a) {
    wait_for_change(a);
    a->progressed = false;
    reap(a);
    receive(a);
    session_receive(a);
    hook_receive(a);
    question_work(a);
    for (uint32_t i = 0; i < STREAMS; i++)
        stream_work(a, &a->streams[(a->turns + i) % STREAMS]); // each stream is the first in every sixteenth turn
    a->turns++;
    transmit(a);
    if (a->channel < 0 && a->now_ms >= a->dial_at_ms)
        dial(a);
    if (a->reboot_at_ms && a->now_ms >= a->reboot_at_ms) {
        a->reboot_at_ms = 0;
        machine_stop(SIGKILL);
    }
}

bool read_text(const char *path, char *text, size_t size) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? -1 : read(file, text, size - 1);
    close_fd(&file);
    text[n < 0 ? 0 : n] = 0;
    return n > 0;
}

// Makes standard input /dev/null, and standard outputs that are closed as well: programs inherit 0 to 2, so no other
// file may get these numbers. Without /dev/null the root directory takes its place: it cannot be read or written like a
// file. All other descriptors were open before the agent and are closed.
static void arrange_descriptors(void) {
    int file = STDIN_FILENO;
    close(file);
    while (file >= 0 && file <= STDERR_FILENO) {
        file = open("/dev/null", O_RDWR);
        if (file < 0)
            file = open("/", O_RDONLY);
    }
    if (close_range(STDERR_FILENO + 1, ~0u, 0))
        say_error("close_range");
}

// If it cannot be read, the identifier stays zero.
static void read_boot_id(uint8_t boot_id[static BOOT_ID]) {
    char text[64] = "";
    if (!read_text("/proc/sys/kernel/random/boot_id", text, sizeof text))
        say_error("boot_id");
    const char *at = text;
    for (size_t i = 0; i < BOOT_ID; i++) {
        at += *at == '-';
        if (sscanf(at, "%2hhx", &boot_id[i]) != 1)
            return;
        at += 2;
    }
}

void agent_start(struct agent *a) {
    sigset_t signals;
    arrange_descriptors();
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGPIPE);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    a->channel = -1;
    a->seeks_hello = true;
    a->ready = access(WORKER, F_OK) != 0;
    a->epoll = epoll_create1(EPOLL_CLOEXEC);
    a->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    a->hook = hook_listen();
    if (a->epoll < 0 || !agent_watch(a, a->signals) || !agent_watch(a, a->hook))
        say_error("epoll"); // the agent then notices ends of programs, or words, in its next turn only
    read_boot_id(a->boot_id);
}
